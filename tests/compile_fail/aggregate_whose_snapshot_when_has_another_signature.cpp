// expect: `snapshot_when` of this aggregate must be `static bool snapshot_when
#include "past.hpp"

struct table : without_past {
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
  static decision decide(const state& /*now*/, const ping& /*wish*/) { return pong{}; }
  static void evolve(state& /*now*/, const pong& /*fact*/) {}
  // Of one event, as `evolve` is.
  static bool snapshot_when(const state& /*now*/, const pong& /*fact*/, cairn::version /*at*/) {
    return true;
  }
};

static_assert(cairn::check_aggregate<table>());

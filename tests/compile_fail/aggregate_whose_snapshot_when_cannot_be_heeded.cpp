// expect: `snapshot_when` of this aggregate needs a `state` with `serialize`
#include "past.hpp"

struct table : without_past {
  static bool snapshot_when(const state& /*now*/, const event& /*fact*/, cairn::version /*at*/) {
    return true;
  }
};

static_assert(cairn::check_aggregate<table>());

// expect: `upcast` must return an event of the aggregate, a retired event
#include "past.hpp"

struct table : without_past {
  using retired = std::tuple<old_pong>;
  static std::vector<ping> upcast(const old_pong& /*old*/) { return {}; }
};

static_assert(cairn::check_aggregate<table>());

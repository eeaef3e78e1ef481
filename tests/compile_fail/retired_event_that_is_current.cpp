// expect: this event stands in `retired` and in `event` of the aggregate
#include "past.hpp"

struct table : without_past {
  using retired = std::tuple<pong>;
  static cairn::dropped upcast(const pong& /*old*/) { return {}; }
};

static_assert(cairn::check_aggregate<table>());

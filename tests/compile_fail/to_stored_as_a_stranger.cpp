// expect: `to_stored` must return a type in `stored` of the aggregate, the event
#include "past.hpp"

struct table : without_past {
  static ping to_stored(const pong& /*fact*/) { return {}; }
};

static_assert(cairn::check_aggregate<table>());

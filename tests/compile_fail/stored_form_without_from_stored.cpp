// expect: this aggregate needs `static EVENT from_stored
#include "past.hpp"

struct table : without_past {
  using stored = std::tuple<old_pong>;
  static old_pong to_stored(const pong& /*fact*/) { return {}; }
};

static_assert(cairn::check_aggregate<table>());

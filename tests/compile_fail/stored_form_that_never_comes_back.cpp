// expect: what `to_stored` returns for this event never becomes the event again
#include "past.hpp"

struct table : without_past {
  using stored = std::tuple<old_pong>;
  static old_pong to_stored(const pong& /*fact*/) { return {}; }
  static cairn::dropped from_stored(const old_pong& /*form*/) { return {}; }
};

static_assert(cairn::check_aggregate<table>());

// expect: for this retired event OLD
#include "past.hpp"

struct table : without_past {
  using retired = std::tuple<old_pong>;
};

static_assert(cairn::check_aggregate<table>());

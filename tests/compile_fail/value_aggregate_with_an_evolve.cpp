// expect: this value_aggregate must not have a .state., .event. or .evolve. of its own
#include "value.hpp"

static_assert(cairn::check_value_aggregate<keeper<whole>>());

struct counting : keeper<whole> {
  using keeper::evolve;
  static void evolve(state& now, const whole& /*fact*/) { now.emplace(); }
};

static_assert(cairn::check_value_aggregate<counting>());

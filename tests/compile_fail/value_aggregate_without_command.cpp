// expect: this aggregate needs the types state, command
#include "value.hpp"

struct idle : cairn::value_aggregate<whole> {
  static constexpr std::string_view stable_name = "idle";
  enum class rejection { none };
};

static_assert(cairn::check_aggregate<idle>());

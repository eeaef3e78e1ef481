// expect: this aggregate needs .static decision decide
#include "value.hpp"

struct mute : cairn::value_aggregate<whole> {
  static constexpr std::string_view stable_name = "mute";
  enum class rejection { none };
  using command = std::variant<ping>;
  using decision = cairn::value_decision<whole, rejection>;
};

static_assert(cairn::check_aggregate<mute>());

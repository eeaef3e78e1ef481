// expect: this value_aggregate must not have a .state., .event. or .evolve. of its own
#include "value.hpp"

struct larger : cairn::value_aggregate<whole> {
  static constexpr std::string_view stable_name = "larger";
  enum class rejection { none };
  using command = std::variant<ping>;
  using event = std::variant<whole, pong, cairn::value_cleared>;
  using decision = cairn::decision<event, rejection>;
  using value_aggregate::evolve;
  static void evolve(state& /*now*/, const pong& /*fact*/) {}
  static decision decide(const state& /*now*/, const ping& /*wish*/) { return pong{}; }
};

static_assert(cairn::check_aggregate<larger>());
static_assert(cairn::check_value_aggregate<larger>());

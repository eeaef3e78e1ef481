// expect: an .evolve. for this EVENT and one alternative of the state must be exactly
#include "states.hpp"

struct table {
  static constexpr std::string_view stable_name = "table";
  using state = std::variant<here, there>;
  enum class rejection { none };
  using command = std::variant<ping>;
  using event = std::variant<ping>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const here& /*now*/, const ping& wish) { return wish; }
  static void evolve(there& /*now*/, const ping& /*fact*/) {}
  // A pong is no state.
  static pong evolve(const here& /*now*/, const ping& /*fact*/) { return {}; }
};

static_assert(cairn::check_aggregate<table>());

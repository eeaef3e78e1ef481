// expect: for this COMMAND and at least one STATE of its state
#include "states.hpp"

struct table {
  static constexpr std::string_view stable_name = "table";
  using state = std::variant<here, there>;
  enum class rejection { none };
  using command = std::variant<ping, pong>;
  using event = std::variant<ping>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const here& /*now*/, const ping& wish) { return wish; }
  static void evolve(here& /*now*/, const ping& /*fact*/) {}
};

static_assert(cairn::check_aggregate<table>());

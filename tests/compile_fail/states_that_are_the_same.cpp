// expect: the alternatives of this state must be different types
#include "states.hpp"

struct table {
  static constexpr std::string_view stable_name = "table";
  using state = std::variant<here, here>;
  enum class rejection { none };
  using command = std::variant<ping>;
  using event = std::variant<ping>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const ping& wish) { return wish; }
  static void evolve(state& /*now*/, const ping& /*fact*/) {}
};

static_assert(cairn::check_aggregate<table>());

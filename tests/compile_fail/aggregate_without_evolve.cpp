// expect: this aggregate needs .static void evolve
#include "messages.hpp"

struct table {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  enum class rejection { none };
  using command = std::variant<ping>;
  using event = std::variant<ping, pong>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const ping& wish) { return wish; }
  static void evolve(state& /*now*/, const ping& /*fact*/) {}
};

static_assert(cairn::check_aggregate<table>());

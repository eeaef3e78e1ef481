// expect: needs .template <class Ar> void serialize
#include "messages.hpp"

struct broken_ping {
  static constexpr std::string_view stable_name = "ping";
  bool operator==(const broken_ping&) const = default;
};

struct table {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  enum class rejection { none };
  using command = std::variant<broken_ping>;
  using event = std::variant<broken_ping, pong>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const broken_ping& wish) { return wish; }
  static void evolve(state& /*now*/, const broken_ping& /*fact*/) {}
  static void evolve(state& /*now*/, const pong& /*fact*/) {}
};

static_assert(cairn::check_aggregate<table>());

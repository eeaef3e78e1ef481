// expect: two events of this aggregate share a name
#include "messages.hpp"

struct broken_pong {
  static constexpr std::string_view stable_name = "ping";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const broken_pong&) const = default;
};

struct table {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  enum class rejection { none };
  using command = std::variant<ping>;
  using event = std::variant<ping, broken_pong>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const ping& wish) { return wish; }
  static void evolve(state& /*now*/, const ping& /*fact*/) {}
  static void evolve(state& /*now*/, const broken_pong& /*fact*/) {}
};

static_assert(cairn::check_aggregate<table>());

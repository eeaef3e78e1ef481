// expect: this command needs .static constexpr std::string_view stable_name
#include "messages.hpp"

struct broken_ping {
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const broken_ping&) const = default;
};

struct table {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  enum class rejection { none };
  using command = std::variant<broken_ping>;
  using event = std::variant<pong>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const broken_ping& /*wish*/) { return pong{}; }
  static void evolve(state& /*now*/, const pong& /*fact*/) {}
};

static_assert(cairn::check_aggregate<table>());

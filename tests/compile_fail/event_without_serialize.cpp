// expect: needs .template <class Ar> void serialize
#include "cairn/aggregate.hpp"

struct ping {
  static constexpr std::string_view stable_name = "ping";
  bool operator==(const ping&) const = default;
};

struct pong {
  static constexpr std::string_view stable_name = "pong";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const pong&) const = default;
};

struct table {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  enum class rejection { none };
  using command = std::variant<ping>;
  using event = std::variant<ping, pong>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const ping& wish) { return wish; }
  static void evolve(state& /*now*/, const ping& /*fact*/) {}
  static void evolve(state& /*now*/, const pong& /*fact*/) {}
};

static_assert(cairn::check_aggregate<table>());

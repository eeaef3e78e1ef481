// expect: two events of this aggregate share a name, now or formerly
#include "past.hpp"

struct renamed_pong {
  static constexpr std::string_view stable_name = "renamed_pong";
  static constexpr std::array<std::string_view, 1> former_names{"pong"};
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const renamed_pong&) const = default;
};

struct table : without_past {
  using event = std::variant<pong, renamed_pong>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const ping& /*wish*/) { return pong{}; }
  using without_past::evolve;
  static void evolve(state& /*now*/, const renamed_pong& /*fact*/) {}
};

static_assert(cairn::check_aggregate<table>());

// expect: every alternative of this state needs .static constexpr std::string_view stable_name
#include "states.hpp"

struct nowhere {
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
};

struct table {
  static constexpr std::string_view stable_name = "table";
  using state = std::variant<here, nowhere>;
  enum class rejection { none };
  using command = std::variant<ping>;
  using event = std::variant<ping>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const here& /*now*/, const ping& wish) { return wish; }
  static nowhere evolve(const here& /*now*/, const ping& /*fact*/) { return {}; }
};

static_assert(cairn::check_aggregate<table>());

// expect: this process manager needs .static cairn::route route.const cairn::recorded<EVENT>&
#include "messages.hpp"

#include "cairn/process_manager.hpp"

struct table {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  enum class rejection { none };
  using command = std::variant<pong>;
  using event = std::variant<pong>;
};

struct player {
  static constexpr std::string_view stable_name = "player";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<table>>;
  using targets = cairn::targets<>;
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
  static void on(state&, const cairn::recorded<pong>&, cairn::reactions<player>&) {}
};

static_assert(cairn::check_process_manager<player>());

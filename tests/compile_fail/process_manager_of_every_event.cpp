// expect: a process manager names its events: .every_event. is for read models
#include "messages.hpp"

#include "cairn/process_manager.hpp"

struct player {
  static constexpr std::string_view stable_name = "player";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::every_event>;
  using targets = cairn::targets<>;
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
};

static_assert(cairn::check_process_manager<player>());

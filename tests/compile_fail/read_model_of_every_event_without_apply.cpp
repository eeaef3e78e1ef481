// expect: read model of .every_event. needs .static void apply
#include "messages.hpp"

#include "cairn/read_model.hpp"

struct counts {
  static constexpr std::string_view stable_name = "counts";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::every_event>;
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
  static void apply(state&, const cairn::recorded<pong>&) {}
};

static_assert(cairn::check_read_model<counts>());

// expect: .every_event. stands alone among the sources of this read model
#include "messages.hpp"

#include "cairn/read_model.hpp"

struct table {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  enum class rejection { none };
  using command = std::variant<pong>;
  using event = std::variant<pong>;
};

struct counts {
  static constexpr std::string_view stable_name = "counts";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::every_event, cairn::all_of<table>>;
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
  static void apply(state&, const cairn::recorded<pong>&) {}
  static void apply(state&, const cairn::recorded_event&) {}
};

static_assert(cairn::check_read_model<counts>());

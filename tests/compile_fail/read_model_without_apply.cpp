// expect: this read model needs .static void apply.state& or tables&, const cairn::recorded<EVENT>&
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
  using sources = cairn::sources<cairn::all_of<table>>;
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
};

static_assert(cairn::check_read_model<counts>());

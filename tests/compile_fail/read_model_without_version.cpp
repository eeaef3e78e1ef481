// expect: this read model needs .static constexpr std::uint32_t version
#include "cairn/read_model.hpp"

struct counts {
  static constexpr std::string_view stable_name = "counts";
  using sources = cairn::sources<>;
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
};

static_assert(cairn::check_read_model<counts>());

// expect: the .former. version of this read model needs a lower .version.
#include "cairn/read_model.hpp"

struct counts_of_tomorrow {
  static constexpr std::string_view stable_name = "counts";
  static constexpr std::uint32_t version = 3;
  using sources = cairn::sources<>;
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
};

struct counts : counts_of_tomorrow {
  static constexpr std::uint32_t version = 2;
  using former = counts_of_tomorrow;
};

static_assert(cairn::check_read_model<counts>());

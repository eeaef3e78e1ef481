// expect: this VALUE of a value_aggregate needs .static constexpr std::string_view stable_name
#include "value.hpp"

struct broken {
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const broken&) const = default;
};

static_assert(cairn::check_aggregate<keeper<broken>>());

// expect: this VALUE of a value_aggregate needs .bool operator==
#include "value.hpp"

struct broken {
  static constexpr std::string_view stable_name = "broken";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
};

static_assert(cairn::check_aggregate<keeper<broken>>());

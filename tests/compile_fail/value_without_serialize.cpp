// expect: this VALUE of a value_aggregate needs .template <class Ar> void serialize
#include "value.hpp"

struct broken {
  static constexpr std::string_view stable_name = "broken";
  bool operator==(const broken&) const = default;
};

static_assert(cairn::check_aggregate<keeper<broken>>());

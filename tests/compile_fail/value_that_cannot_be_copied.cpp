// expect: this VALUE of a value_aggregate must be copyable
#include "value.hpp"

#include <memory>

struct broken {
  static constexpr std::string_view stable_name = "broken";
  std::unique_ptr<int> is;
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const broken&) const = default;
};

static_assert(cairn::check_aggregate<keeper<broken>>());

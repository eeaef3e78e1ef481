// expect: this VALUE of a value_aggregate needs a default constructor
#include "value.hpp"

struct broken {
  static constexpr std::string_view stable_name = "broken";
  explicit broken(int what) : is(what) {}
  int is;
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const broken&) const = default;
};

static_assert(cairn::check_aggregate<keeper<broken>>());

// expect: a retired event shares a name with an event of the aggregate and is not older
#include "past.hpp"

struct other_pong {
  static constexpr std::string_view stable_name = "pong";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const other_pong&) const = default;
};

struct table : without_past {
  using retired = std::tuple<other_pong>;
  static pong upcast(const other_pong& /*old*/) { return {}; }
};

static_assert(cairn::detail::check_stored_names<table>());

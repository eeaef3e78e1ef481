// expect: two retired events share a name and a BOOST_CLASS_VERSION
#include "past.hpp"

struct older_pong {
  static constexpr std::string_view stable_name = "old_pong";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const older_pong&) const = default;
};

struct table : without_past {
  using retired = std::tuple<old_pong, older_pong>;
  static pong upcast(const old_pong& /*old*/) { return {}; }
  static pong upcast(const older_pong& /*old*/) { return {}; }
};

static_assert(cairn::detail::check_stored_names<table>());

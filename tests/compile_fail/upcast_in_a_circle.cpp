// expect: the `upcast` of this retired event leads back to itself
#include "past.hpp"

struct older_pong : old_pong {
  static constexpr std::string_view stable_name = "older_pong";
  bool operator==(const older_pong&) const = default;
};

struct table : without_past {
  using retired = std::tuple<old_pong, older_pong>;
  static older_pong upcast(const old_pong& /*old*/) { return {}; }
  static std::vector<std::variant<pong, old_pong>> upcast(const older_pong& /*old*/) { return {}; }
};

static_assert(cairn::check_aggregate<table>());

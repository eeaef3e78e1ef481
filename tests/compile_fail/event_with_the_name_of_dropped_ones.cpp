// expect: is Cairn's own
#include "past.hpp"

struct hidden : pong {
  static constexpr std::string_view stable_name = "cairn.dropped";
};

struct table : without_past {
  using event = std::variant<hidden>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const ping& /*wish*/) { return hidden{}; }
};

static_assert(cairn::check_aggregate<table>());

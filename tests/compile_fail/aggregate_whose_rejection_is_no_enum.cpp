// expect: the type .rejection. of this aggregate must be an enum
#include "messages.hpp"

struct table {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  using rejection = int;
  using command = std::variant<pong>;
  using event = std::variant<pong>;
};

static_assert(cairn::check_aggregate<table>());

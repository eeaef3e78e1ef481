// expect: this aggregate needs the types state, command .std::variant., event .std::variant. and
// rejection
#include "cairn/aggregate.hpp"

struct table {
  static constexpr std::string_view stable_name = "table";
};

static_assert(cairn::check_aggregate<table>());

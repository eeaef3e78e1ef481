// expect: an aggregate has no `former_names`
#include "past.hpp"

struct table : without_past {
  static constexpr std::array<std::string_view, 1> former_names{"desk"};
};

static_assert(cairn::check_aggregate<table>());

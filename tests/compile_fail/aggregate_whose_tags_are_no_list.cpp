// expect: `tags_of` of this aggregate must be
#include "past.hpp"

struct table : without_past {
  static const char* tags_of(const state& /*after*/, const event& /*fact*/) { return "tag"; }
};

static_assert(cairn::check_aggregate<table>());

// expect: the type `retired` of this aggregate must be a std::tuple of events
#include "past.hpp"

struct table : without_past {
  using retired = old_pong;
  static pong upcast(const old_pong& /*old*/) { return {}; }
};

static_assert(cairn::check_aggregate<table>());

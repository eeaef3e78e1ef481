// expect: a source of this read model names an EVENT that its aggregate does not have
#include "past.hpp"

#include "cairn/read_model.hpp"

struct table : without_past {
  using retired = std::tuple<old_pong>;
  static pong upcast(const old_pong& /*old*/) { return {}; }
};

struct model {
  static constexpr std::string_view stable_name = "model";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<table, old_pong>>;
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
  static void apply(state& /*now*/, const cairn::recorded<old_pong>& /*fact*/) {}
};

static_assert(cairn::check_read_model<model>());

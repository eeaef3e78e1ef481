// expect: this read model's .sequence_key. must take
#include "../../runtime/include/cairn/detail/sequence_keys.hpp"

#include <string>
#include <variant>

struct ping {
  static constexpr std::string_view stable_name = "ping";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
};
struct table {
  static constexpr std::string_view stable_name = "table";
  using event = std::variant<ping>;
};
struct model {
  static constexpr std::string_view stable_name = "model";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<table>>;
  struct state {
    template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  };
  static void apply(state& /*now*/, const cairn::recorded<ping>& /*fact*/) {}
  // An event without what was recorded beside it.
  static std::string sequence_key(const ping& /*fact*/) { return "all"; }
};

static_assert(cairn::detail::check_sequence_key<model>());

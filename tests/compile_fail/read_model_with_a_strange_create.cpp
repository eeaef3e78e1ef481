// expect: .create. of this read model must be
#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

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
  struct tables {
    cairn::sql sql;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      cairn::fields(ar, cairn::field("sql", sql));
    }
  };
  static void apply(tables& /*now*/, const cairn::recorded<ping>& /*fact*/) {}
  // Where the tables would be, there is nothing yet.
  static void create(tables& /*now*/) {}
};

static_assert(cairn::check_read_model<model>());

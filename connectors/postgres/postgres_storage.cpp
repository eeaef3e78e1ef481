#include "postgres_view.hpp"

#include <utility>

namespace cairn::postgres {

read_model_storage database(std::string connection, options settings) {
  const auto open = [connection, settings](const persistence::view_options& wish) {
    return open_view(connection, settings, wish);
  };
  const auto stored = [connection, settings](const persistence::view_options& of) {
    return stored_views(connection, settings, of);
  };
  const auto remove = [connection, settings](const persistence::view_options& what) {
    return remove_view(connection, settings, what);
  };
  return {.open = open, .stored = stored, .remove = remove, .takes_sql = true};
}

}  // namespace cairn::postgres

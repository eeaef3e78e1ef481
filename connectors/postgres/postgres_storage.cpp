#include "postgres_view.hpp"

#include <utility>

namespace cairn::postgres {

read_model_storage database(std::string connection, options settings) {
  return {
      .open =
          [where = std::move(connection), settings = std::move(settings)](
              const persistence::view_options& wish) { return open_view(where, settings, wish); },
      .takes_sql = true};
}

}  // namespace cairn::postgres

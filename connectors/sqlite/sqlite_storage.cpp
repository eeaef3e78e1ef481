#include "sqlite_view.hpp"

#include <utility>

namespace cairn::sqlite {

read_model_storage folder(std::filesystem::path directory, options settings) {
  return {.open =
              [directory = std::move(directory), settings](const persistence::view_options& wish) {
                return open_view(directory, settings, wish);
              },
          .takes_sql = true};
}

}  // namespace cairn::sqlite

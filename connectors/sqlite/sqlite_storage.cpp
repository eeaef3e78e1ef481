#include "sqlite_files.hpp"
#include "sqlite_view.hpp"

namespace cairn::sqlite {

read_model_storage folder(std::filesystem::path directory, options settings) {
  const auto open = [directory, settings](const persistence::view_options& wish) {
    return open_view(directory, settings, wish);
  };
  const auto stored = [directory](const persistence::view_options& of) {
    return stored_in(folder_of(directory, of));
  };
  const auto remove = [directory](const persistence::view_options& what) {
    return remove_place(folder_of(directory, what), {what.version, what.copy});
  };
  return {.open = open, .stored = stored, .remove = remove, .takes_sql = true};
}

}  // namespace cairn::sqlite

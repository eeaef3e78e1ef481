#include "sqlite_files.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace cairn::sqlite {

using persistence::view_place;

namespace {

constexpr std::string_view ending = ".db";

error io_error(const std::filesystem::path& file, const std::error_code& failed) {
  return {error::code::io_failed, file.string() + ": " + failed.message()};
}

/// Of "v17.db" and "v17.2.db"; nothing for what is none of ours.
std::optional<view_place> place_in(std::string_view name) {
  if (!name.starts_with('v') || !name.ends_with(ending)) return std::nullopt;
  name.remove_prefix(1);
  name.remove_suffix(ending.size());
  return persistence::place_from(name, '.');
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& directory,
                                const persistence::view_options& of) {
  return directory / persistence::view_folder(of.name);
}

std::filesystem::path file_of(const std::filesystem::path& folder, view_place place) {
  return folder / ("v" + persistence::place_text(place, '.')).append(ending);
}

result<std::vector<view_place>> stored_in(const std::filesystem::path& folder) {
  std::vector<view_place> found;
  std::error_code failed;
  if (!std::filesystem::exists(folder, failed) && !failed) return found;
  for (std::filesystem::directory_iterator entry{folder, failed}, end; !failed && entry != end;
       entry.increment(failed)) {
    if (const auto place = place_in(entry->path().filename().string())) found.push_back(*place);
  }
  if (failed) return io_error(folder, failed);
  std::sort(found.begin(), found.end());
  return found;
}

result<void> sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  const std::error_code failed{errno, std::generic_category()};
  if (descriptor >= 0) close(descriptor);
  return synced ? result<void>{} : result<void>{io_error(folder, failed)};
}

result<void> remove_database(const std::filesystem::path& file) {
  // The database first, and for good: a log without it is nothing, while a database without its
  // log may have half of what was being moved into it.
  std::error_code failed;
  if (std::filesystem::remove(file, failed)) {
    if (auto synced = sync_folder(file.parent_path()); !synced) return synced;
  }
  if (failed) return io_error(file, failed);
  for (const char* part : {"-wal", "-shm", "-journal"}) {
    std::filesystem::remove(file.string() + part, failed);
    if (failed) return io_error(file.string() + part, failed);
  }
  return {};
}

result<void> remove_place(const std::filesystem::path& folder, view_place place) {
  const std::filesystem::path file = file_of(folder, place);
  if (auto removed = remove_database(file); !removed) return removed;
  std::error_code failed;
  std::filesystem::remove(file.string() + ".lock", failed);
  return failed ? io_error(file, failed) : result<void>{};
}

result<void> remove_older(const std::filesystem::path& folder,
                          const persistence::view_options& than) {
  const auto all = stored_in(folder);
  if (!all) return all.error();
  for (const view_place& place : *all) {
    if (place.version >= than.version) continue;
    if (auto removed = remove_place(folder, place); !removed) return removed;
    than.log(log_level::info,
             view_label(than) + ": removed what was stored for version " +
                 std::to_string(place.version));
  }
  return {};
}

}  // namespace cairn::sqlite

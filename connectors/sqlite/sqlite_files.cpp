#include "sqlite_files.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace cairn::sqlite {
namespace {

constexpr std::string_view ending = ".db";

error io_error(const std::filesystem::path& file, const std::error_code& failed) {
  return {error::code::io_failed, file.string() + ": " + failed.message()};
}

/// The number in "v17.db".
std::optional<std::uint32_t> version_in(std::string_view name) {
  if (!name.starts_with('v') || !name.ends_with(ending)) return std::nullopt;
  name.remove_prefix(1);
  name.remove_suffix(ending.size());
  std::uint32_t version = 0;
  const char* const end = name.data() + name.size();
  const auto [stopped_at, failed] = std::from_chars(name.data(), end, version);
  if (failed != std::errc{} || stopped_at != end) return std::nullopt;
  return version;
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& directory,
                                const persistence::view_options& of) {
  return directory / persistence::view_folder(of.name);
}

std::filesystem::path file_of(const std::filesystem::path& folder, std::uint32_t version) {
  return folder / ("v" + std::to_string(version) + std::string{ending});
}

result<void> remove_database(const std::filesystem::path& file) {
  // The log first: a database without it is an older one, a log without its database is nothing.
  for (const char* part : {"-wal", "-shm", "-journal", ""}) {
    std::error_code failed;
    std::filesystem::remove(file.string() + part, failed);
    if (failed) return io_error(file.string() + part, failed);
  }
  return {};
}

result<void> remove_older(const std::filesystem::path& folder,
                          const persistence::view_options& than) {
  std::error_code failed;
  std::vector<std::uint32_t> older;
  for (std::filesystem::directory_iterator entry{folder, failed}, end; !failed && entry != end;
       entry.increment(failed)) {
    const auto version = version_in(entry->path().filename().string());
    if (version && *version < than.version) older.push_back(*version);
  }
  if (failed) return io_error(folder, failed);
  for (const std::uint32_t version : older) {
    const std::filesystem::path file = file_of(folder, version);
    if (auto removed = remove_database(file); !removed) return removed;
    std::filesystem::remove(file.string() + ".lock", failed);
    than.log(log_level::info,
             view_label(than) + ": removed what was stored for version " + std::to_string(version));
  }
  return {};
}

}  // namespace cairn::sqlite

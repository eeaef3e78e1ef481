#include "store/manifest.hpp"

#include "store/directory.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sodium.h>
#include <sstream>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace cairn::persistence {
namespace {

constexpr std::string_view first_line = "This directory is a Cairn store. Do not edit it.";

error io_error(const std::filesystem::path& file) {
  return {error::code::io_failed, file.string() + ": " + std::strerror(errno)};
}

/// Under another name first, so that a crash leaves either no file or a whole one.
result<void> write_durably(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path draft = file.string() + ".new";
  const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (descriptor < 0) return io_error(draft);
  const bool written =
      write(descriptor, text.data(), text.size()) == ssize_t(text.size()) && fsync(descriptor) == 0;
  const error why = written ? error{} : io_error(draft);
  close(descriptor);
  if (!written) return why;
  if (rename(draft.c_str(), file.c_str()) != 0) return io_error(file);
  return sync_directory(file.parent_path());
}

result<manifest> create(const std::filesystem::path& file, std::uint16_t partitions) {
  manifest made{new_identity(), partitions, newest_placement};
  std::ostringstream text;
  text << first_line << "\nformat = " << manifest::format_known << "\nidentity = " << made.identity
       << "\npartitions = " << made.partitions
       << "\nplacement = " << static_cast<unsigned>(made.placement) << "\n";
  if (auto done = write_durably(file, text.str()); !done) return done.error();
  return made;
}

result<manifest> parse(const std::filesystem::path& file, std::istream& in) {
  const error unreadable{error::code::corrupt, file.string() + " cannot be read"};
  std::string line;
  if (!std::getline(in, line) || line != first_line) return unreadable;
  manifest made;
  unsigned format = 0;
  unsigned partitions = 0;
  unsigned placement = 0;
  std::string word;
  std::string equals;
  while (in >> word >> equals) {
    if (word == "format") in >> format;
    if (word == "identity") in >> made.identity;
    if (word == "partitions") in >> partitions;
    if (word == "placement") in >> placement;
    if (format > manifest::format_known) {
      return error{error::code::newer_format,
                   file.string() + " has format " + std::to_string(format) +
                       ", this program knows formats up to " +
                       std::to_string(manifest::format_known)};
    }
  }
  if (format == 0 || made.identity.empty() || partitions == 0 || partitions > UINT16_MAX) {
    return unreadable;
  }
  if (format == 1) placement = static_cast<unsigned>(placement_rule::by_name);
  if (placement == 0 || placement > static_cast<unsigned>(newest_placement)) return unreadable;
  made.placement = static_cast<placement_rule>(placement);
  made.partitions = static_cast<std::uint16_t>(partitions);
  return made;
}

}  // namespace

std::string new_identity() {
  std::array<unsigned char, 16> random{};
  randombytes_buf(random.data(), random.size());
  std::array<char, 33> text{};
  sodium_bin2hex(text.data(), text.size(), random.data(), random.size());
  return text.data();
}

result<manifest> load_or_create_manifest(const std::filesystem::path& directory,
                                         std::uint16_t partitions) {
  const std::filesystem::path file = directory / "cairn.store";
  std::ifstream in{file};
  if (!in) {
    const error unreadable = io_error(file);
    std::error_code ignored;
    const auto kind = std::filesystem::symlink_status(file, ignored).type();
    if (kind != std::filesystem::file_type::not_found) return unreadable;
    if (std::filesystem::exists(directory / "p0000")) {
      return error{error::code::corrupt,
                   directory.string() + " has a journal but no file \"cairn.store\""};
    }
    return create(file, partitions);
  }
  auto found = parse(file, in);
  if (found && found->partitions != partitions) {
    return error{error::code::bad_config,
                 "the store in " + directory.string() + " has " +
                     std::to_string(found->partitions) + " partition(s), the configuration says " +
                     std::to_string(partitions) + "; the number cannot be changed afterwards"};
  }
  return found;
}

}  // namespace cairn::persistence

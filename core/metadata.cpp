#include "cairn/metadata.hpp"

#include <algorithm>

namespace cairn {
namespace {

error too_large(std::string_view what, std::uint64_t is, std::uint64_t limit) {
  return {error::code::too_large,
          std::string{what} + " of metadata: " + std::to_string(is) + ", the limit is " +
              std::to_string(limit)};
}

result<void> check_size(std::uint64_t entries, std::uint64_t bytes, const metadata_limits& limits) {
  if (entries > limits.entries_max) return too_large("entries", entries, limits.entries_max);
  if (bytes > limits.bytes_max) return too_large("bytes", bytes, limits.bytes_max);
  return {};
}

result<void> check_name(std::string_view what, std::string_view name) {
  if (name.empty()) return error{error::code::bad_input, "a " + std::string{what} + " is empty"};
  return check_message_id(what, name);
}

result<void> check_keys(const metadata_map& what) {
  for (auto entry = what.begin(); entry != what.end(); ++entry) {
    if (auto good = check_name("key of metadata", entry->first); !good) return good;
    const bool is_known = std::any_of(
        what.begin(), entry, [&](const auto& other) { return other.first == entry->first; });
    if (is_known) {
      return error{error::code::bad_input, "metadata has the key \"" + entry->first + "\" twice"};
    }
  }
  return {};
}

std::uint64_t bytes_of(const metadata_map& what) {
  std::uint64_t bytes = 0;
  for (const auto& [key, value] : what)
    bytes += key.size() + value.size();
  return bytes;
}

}  // namespace

result<void> check_metadata(const metadata_map& what, const metadata_limits& limits) {
  // First, so that the work for the keys is bounded.
  if (auto good = check_size(what.size(), bytes_of(what), limits); !good) return good;
  return check_keys(what);
}

result<void> check_metadata(const stream_metadata& what, const metadata_limits& limits) {
  const access_list& access = what.access;
  std::uint64_t entries = what.custom.size();
  std::uint64_t bytes = bytes_of(what.custom);
  for (const auto* roles : {&access.readers,
                            &access.writers,
                            &access.removers,
                            &access.metadata_readers,
                            &access.metadata_writers}) {
    entries += roles->size();
    for (const std::string& role : *roles) {
      if (auto good = check_name("role of an access list", role); !good) return good;
      bytes += role.size();
    }
  }
  if (auto good = check_size(entries, bytes, limits); !good) return good;
  return check_keys(what.custom);
}

}  // namespace cairn

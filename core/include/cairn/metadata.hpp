#pragma once

#include "cairn/ids.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What the host process says of events and streams, and Cairn only keeps.

namespace cairn {

/// Text to text, in the order given. Keys are unique, 1 to 128 bytes; values are any bytes.
using metadata_map = std::vector<std::pair<std::string, std::string>>;

/// How large a metadata_map may be.
struct metadata_limits {
  std::uint32_t entries_max = 32;
  /// Of all keys and values together.
  std::uint64_t bytes_max = 4'096;
};

/// Who may do what with a stream: names of roles. Cairn stores them and gives them back; to heed
/// them is up to the host process, as in an interceptor.
struct access_list {
  std::vector<std::string> readers = {};
  std::vector<std::string> writers = {};
  std::vector<std::string> removers = {};
  std::vector<std::string> metadata_readers = {};
  std::vector<std::string> metadata_writers = {};

  bool operator==(const access_list&) const = default;
};

/// What is said of a stream as a whole.
struct stream_metadata {
  metadata_map custom = {};
  access_list access = {};

  bool operator==(const stream_metadata&) const = default;
};

/// The metadata of a stream at one moment.
struct versioned_metadata {
  stream_metadata what;
  /// How often it has been set: 0 when it never was. It counts on its own, apart from the version
  /// of the aggregate, and never starts again.
  cairn::version version;

  bool operator==(const versioned_metadata&) const = default;
};

/// bad_input: a key is empty, too long or there twice. too_large: beyond the limits.
[[nodiscard]] result<void> check_metadata(const metadata_map& what, const metadata_limits& limits);

/// The same for all of it: the access list counts too, each role as an entry; roles have 1 to 128
/// bytes.
[[nodiscard]] result<void> check_metadata(const stream_metadata& what,
                                          const metadata_limits& limits);

}  // namespace cairn

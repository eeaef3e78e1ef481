#pragma once

#include "cairn/ids.hpp"
#include "cairn/persistence/stream_name.hpp"
#include "cairn/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn::persistence {

/// The state of an aggregate at a version, as bytes.
struct snapshot {
  cairn::version version;
  timestamp time;
  std::uint32_t schema_version = 0;
  std::vector<std::byte> state;
};

/// Keeps the newest snapshots of each aggregate. Derived: losing them loses time, nothing else. Any
/// thread.
class snapshot_store {
 public:
  snapshot_store() = default;
  snapshot_store(const snapshot_store&) = delete;
  snapshot_store& operator=(const snapshot_store&) = delete;
  virtual ~snapshot_store() = default;

  struct item {
    std::string type;
    std::string id;
    snapshot what;
    /// Older ones that are not needed any more once this one is stored. Nothing: all stay.
    std::optional<version> erase_up_to = {};
    /// Once it is stored, events up to this version are to be hidden from readers. (Not the store's
    /// business: for the one who gave it the snapshot.)
    std::optional<version> hide_up_to = {};
  };

  /// Stores them, durably and in one transaction, and erases what they say. An item with
  /// `hide_up_to` erases nothing yet: see erase().
  [[nodiscard]] virtual result<void> store(const std::vector<item>& items) = 0;

  /// Erases the aggregate's snapshots from `after` (exclusive) up to `up_to`, durably.
  [[nodiscard]] virtual result<void> erase(stream_name stream, version after, version up_to) = 0;

  /// The newest `most` snapshots of the aggregate that are at most at `up_to`, newest first. Those
  /// of them whose bytes fail their check are left out; the newest of these is told in `damaged`,
  /// which is to be empty before.
  [[nodiscard]] virtual result<std::vector<snapshot>> find(
      stream_name stream,
      version up_to,
      std::size_t most,
      std::optional<version>& damaged) const = 0;
};

[[nodiscard]] std::unique_ptr<snapshot_store> make_memory_snapshots();

}  // namespace cairn::persistence

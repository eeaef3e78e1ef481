#pragma once

#include "cairn/persistence/block_log.hpp"
#include "cairn/persistence/stream_index.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn::persistence {

/// Finds single commits by the offsets of their events, in either direction. A block that is at
/// hand is not looked up again. Reads in short transactions: a reader of the log must not live
/// long, it keeps old pages from being reused. One thread; short-lived.
class commit_finder {
 public:
  /// @pre `log` outlives this
  explicit commit_finder(const block_log& log) : log_(log) {}

  /// The commit with the event at `offset`, valid until the next call; null when the log has no
  /// such event. corrupt.
  [[nodiscard]] result<const commit_view*> find(std::uint64_t offset);

  /// The commit that the index names. corrupt: also when the log has another one in that place.
  [[nodiscard]] result<const commit_view*> find(stream_name stream, const commit_place& place);

  /// The event at `offset` of the commit that was found last. @pre the commit has it
  [[nodiscard]] result<const event_view*> event(std::uint64_t offset);

 private:
  [[nodiscard]] result<bool> seek(std::uint64_t offset);

  const block_log& log_;
  std::unique_ptr<block_reader> reader_;
  std::optional<block_view> block_;
  std::optional<commit_view> commit_;
  /// Of the commit, once they are asked for.
  std::vector<event_view> events_;
  int read_so_far_ = 0;
};

/// Tells that index and log do not fit together. `whose` completes "offset 7 belongs to ...".
[[nodiscard]] error index_is_wrong(std::uint64_t offset, const std::string& whose);

}  // namespace cairn::persistence

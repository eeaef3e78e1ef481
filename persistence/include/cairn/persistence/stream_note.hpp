#pragma once

#include "cairn/bytes.hpp"
#include "cairn/ids.hpp"
#include "cairn/metadata.hpp"
#include "cairn/retention.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

// What stands in the log about a stream as a whole: which of its events are hidden, whether it
// begins anew, whether it has ended. The events themselves stay where they are.

namespace cairn::persistence {

/// What is recorded of a stream beside its events; the newest note counts and replaces the one
/// before as a whole.
struct stream_note {
  /// Events up to this version are not shown to readers (truncate_before - 1).
  std::uint64_t hidden_up_to = 0;
  /// The state begins anew after this version (soft delete). At most hidden_up_to.
  std::uint64_t reset_at = 0;
  /// Deleted for good.
  bool tombstoned = false;
  /// Only the newest so many events are shown.
  std::optional<std::uint64_t> count_max = std::nullopt;
  /// Only events not older than this are shown. Not negative.
  std::optional<std::chrono::nanoseconds> age_max = std::nullopt;
  /// What the host process says of the stream; null: it never said anything. Shared, since notes
  /// are copied often and few have any.
  std::shared_ptr<const versioned_metadata> metadata = nullptr;

  bool operator==(const stream_note& other) const noexcept;
};

using cairn::retention;

/// A stream as it was at one moment.
struct stream_facts {
  version head;
  /// All defaults when nothing was ever noted.
  stream_note note;

  bool operator==(const stream_facts&) const = default;
};

namespace layout {

/// Appends the bytes of a note, in a commit and in the index.
/// @pre note.reset_at <= note.hidden_up_to, note.age_max is not negative
void append_note(byte_buffer& out, const stream_note& note);

/// Nothing when the bytes are no note; the reader has then failed or stands anywhere.
[[nodiscard]] std::optional<stream_note> read_note(byte_reader& in);

}  // namespace layout

}  // namespace cairn::persistence

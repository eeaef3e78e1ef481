#pragma once

#include "cairn/bytes.hpp"
#include "cairn/metadata.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// The parts of commits and notes that only some of them have: metadata, and the tags of single
// events. Both sides of each stand next to each other in commit_metadata.cpp.

namespace cairn::persistence {

namespace layout {

/// @pre keys have at most 128 bytes
void append_metadata(byte_buffer& out, const metadata_map& metadata);

/// Passes over metadata and returns its bytes; when they are none, the reader has failed.
[[nodiscard]] byte_view read_metadata(byte_reader& in) noexcept;

/// Calls `visit(std::string_view key, std::string_view value)` for each entry, in order.
/// @pre the bytes came from read_metadata
template <class Visit> void each_entry(byte_view metadata, Visit&& visit) {
  if (metadata.empty()) return;
  byte_reader in{metadata};
  const std::uint64_t count = in.read_varint();
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    const std::string_view key = in.read_text(in.read_little<std::uint8_t>());
    const std::string_view value = in.read_text(in.read_varint());
    visit(key, value);
  }
}

/// @pre keys and roles have at most 128 bytes
void append_stream_metadata(byte_buffer& out, const versioned_metadata& metadata);
/// Nothing when the bytes are none.
[[nodiscard]] std::optional<versioned_metadata> read_stream_metadata(byte_reader& in);

/// Appends the tags of one event. @pre each has at most 128 bytes
void append_tags(byte_buffer& out, std::span<const std::string> tags);

/// Takes the tags of all events off the end of a commit's events. False: they are cut short, or
/// they are not those of so many events.
[[nodiscard]] bool split_event_tags(byte_view& events,
                                    byte_view& tags,
                                    std::uint32_t event_count) noexcept;

}  // namespace layout

/// Walks through the tags of a commit's events. Cheaper than looking for each from the beginning.
/// Borrows the bytes; one thread.
class event_tag_walk {
 public:
  /// @param tags of all events, from split_event_tags; empty: no event has any
  explicit event_tag_walk(byte_view tags) noexcept : in_(tags) {}

  /// Calls `visit(std::string_view tag)` for each tag of the event at `index`, in order.
  /// @pre each call has a higher index than the one before
  template <class Visit> void at(std::uint32_t index, Visit&& visit) {
    for (; next_ < index && in_.left() > 0; ++next_)
      one([](std::string_view) {});
    if (in_.left() > 0) one(visit);
    next_ = index + 1;
  }

 private:
  template <class Visit> void one(Visit&& visit) {
    const std::uint64_t count = in_.read_varint();
    for (std::uint64_t i = 0; i < count && !in_.failed(); ++i)
      visit(in_.read_text(in_.read_little<std::uint8_t>()));
  }

  byte_reader in_;
  std::uint32_t next_ = 0;
};

}  // namespace cairn::persistence

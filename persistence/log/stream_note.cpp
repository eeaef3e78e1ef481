#include "cairn/persistence/stream_note.hpp"

#include "cairn/assert.hpp"
#include "cairn/persistence/commit_metadata.hpp"

#include <tuple>
#include <utility>

namespace cairn::persistence {

bool stream_note::operator==(const stream_note& other) const noexcept {
  const auto plain = [](const stream_note& one) {
    return std::tie(one.hidden_up_to, one.reset_at, one.tombstoned, one.count_max, one.age_max);
  };
  if (plain(*this) != plain(other)) return false;
  if (metadata == other.metadata) return true;
  return metadata && other.metadata && *metadata == *other.metadata;
}

namespace layout {
namespace {

enum note_flag : std::uint8_t {
  is_tombstoned = 1,
  has_count_max = 2,
  has_age_max = 4,
  has_stream_metadata = 8,  // since format 3
};
constexpr unsigned known_flags = is_tombstoned | has_count_max | has_age_max | has_stream_metadata;

}  // namespace

void append_note(byte_buffer& out, const stream_note& note) {
  CAIRN_ASSERT(note.reset_at <= note.hidden_up_to);
  CAIRN_ASSERT(!note.age_max || note.age_max->count() >= 0);
  const unsigned flags = (note.tombstoned ? unsigned{is_tombstoned} : 0U) |
                         (note.count_max ? unsigned{has_count_max} : 0U) |
                         (note.age_max ? unsigned{has_age_max} : 0U) |
                         (note.metadata ? unsigned{has_stream_metadata} : 0U);
  out.append_little(static_cast<std::uint8_t>(flags));
  out.append_varint(note.hidden_up_to);
  out.append_varint(note.reset_at);
  if (note.count_max) out.append_varint(*note.count_max);
  if (note.age_max) out.append_varint(static_cast<std::uint64_t>(note.age_max->count()));
  if (note.metadata) append_stream_metadata(out, *note.metadata);
}

std::optional<stream_note> read_note(byte_reader& in) {
  stream_note note;
  const unsigned flags = in.read_little<std::uint8_t>();
  note.hidden_up_to = in.read_varint();
  note.reset_at = in.read_varint();
  note.tombstoned = (flags & is_tombstoned) != 0;
  if ((flags & has_count_max) != 0) note.count_max = in.read_varint();
  const std::uint64_t age = (flags & has_age_max) != 0 ? in.read_varint() : 0;
  if ((flags & has_age_max) != 0) note.age_max = std::chrono::nanoseconds{age & INT64_MAX};
  if ((flags & has_stream_metadata) != 0) {
    auto metadata = read_stream_metadata(in);
    if (!metadata) return std::nullopt;
    note.metadata = std::make_shared<const versioned_metadata>(*std::move(metadata));
  }
  const bool good = !in.failed() && (flags & ~known_flags) == 0 &&
                    note.reset_at <= note.hidden_up_to && age <= std::uint64_t{INT64_MAX};
  return good ? std::optional{note} : std::nullopt;
}

}  // namespace layout

}  // namespace cairn::persistence

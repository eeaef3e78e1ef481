#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::persistence {

/// Addresses a stream: the aggregate's type and id.
struct stream_name {
  std::string_view type;
  std::string_view id;
};

/// Spreads streams over partitions and hosts. The same on every machine and for ever: XXH3 of the
/// id, seeded with XXH3 of the type. Modulo 1024 it is the slice.
[[nodiscard]] std::uint64_t hash_of(stream_name stream) noexcept;

/// How a store finds the partition of a stream. Its manifest says it, so it never changes. The
/// numbers stand there.
enum class placement_rule : std::uint8_t {
  /// Each stream by its own hash.
  by_name = 1,
  /// The same, but what stands in an id between the first `{` and the next `}` decides alone when
  /// there is something: streams that share it live together, whatever their types.
  by_braces = 2,
};

/// What new stores follow.
inline constexpr placement_rule newest_placement = placement_rule::by_braces;

/// Where a stream lives: 0 to `partitions` - 1.
/// @param hash of the stream, as of hash_of()
/// @pre partitions > 0
[[nodiscard]] std::size_t partition_of(stream_name stream,
                                       std::uint64_t hash,
                                       std::size_t partitions,
                                       placement_rule rule) noexcept;

/// Keys of the index: type NUL id, and for outcomes NUL command id behind it. Unambiguous, since
/// neither types nor aggregate ids contain a NUL.
void make_stream_key(std::string& into, stream_name stream);
void make_outcome_key(std::string& into, stream_name stream, std::string_view command_id);

}  // namespace cairn::persistence

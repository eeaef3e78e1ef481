#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cairn::persistence {

/// Addresses a stream: the aggregate's type and id.
struct stream_name {
  std::string_view type;
  std::string_view id;
};

/// Decides for ever in which partition a stream lives, and spreads streams over hosts. The same on
/// every machine: XXH3 of the id, seeded with XXH3 of the type. Modulo 1024 it is the slice.
[[nodiscard]] std::uint64_t hash_of(stream_name stream) noexcept;

/// Keys of the index: type NUL id, and for outcomes NUL command id behind it. Unambiguous, since
/// neither types nor aggregate ids contain a NUL.
void make_stream_key(std::string& into, stream_name stream);
void make_outcome_key(std::string& into, stream_name stream, std::string_view command_id);

}  // namespace cairn::persistence

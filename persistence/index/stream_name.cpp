#include "cairn/persistence/stream_name.hpp"

#include <xxhash.h>

namespace cairn::persistence {

std::uint64_t hash_of(stream_name stream) noexcept {
  // Chained instead of copied together: both parts are short.
  const std::uint64_t seed = XXH3_64bits(stream.type.data(), stream.type.size());
  return XXH3_64bits_withSeed(stream.id.data(), stream.id.size(), seed);
}

void make_stream_key(std::string& into, stream_name stream) {
  into.assign(stream.type);
  into += '\0';
  into += stream.id;
}

void make_outcome_key(std::string& into, stream_name stream, std::string_view command_id) {
  make_stream_key(into, stream);
  into += '\0';
  into += command_id;
}

}  // namespace cairn::persistence

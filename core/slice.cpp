#include "cairn/slice.hpp"

#include <xxhash.h>

namespace cairn {

std::uint64_t detail::hash_of_stream(std::string_view type, std::string_view id) noexcept {
  // Chained instead of copied together: both parts are short.
  const std::uint64_t seed = XXH3_64bits(type.data(), type.size());
  return XXH3_64bits_withSeed(id.data(), id.size(), seed);
}

std::uint16_t slice_of(std::string_view type, std::string_view id) noexcept {
  return static_cast<std::uint16_t>(detail::hash_of_stream(type, id) % slice_count);
}

}  // namespace cairn

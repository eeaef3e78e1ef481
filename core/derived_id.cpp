#include "cairn/detail/derived_id.hpp"

#include "cairn/assert.hpp"

#include <cstdint>
#include <xxhash.h>

namespace cairn::detail {
namespace {

void append_hex(std::string& out, std::uint64_t number) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (unsigned shift = 64; shift > 0; shift -= 4)
    out += digits[(number >> (shift - 4)) & 0xFU];
}

}  // namespace

std::string derived_id(std::string_view prefix, std::string text, std::size_t bytes_max) {
  CAIRN_ASSERT(prefix.size() + 32 <= bytes_max);
  if (text.size() <= bytes_max) return text;
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  std::string id{prefix};
  append_hex(id, hash.high64);
  append_hex(id, hash.low64);
  return id;
}

}  // namespace cairn::detail

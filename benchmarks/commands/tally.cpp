#include "commands/tally.hpp"

#include "cairn/assert.hpp"
#include "cairn/codec.hpp"

#include <charconv>
#include <limits>
#include <vector>

namespace bench {

namespace {
constexpr std::size_t id_digits = 7;
}

tally::decision tally::decide(const state& now, const add_several& wish) {
  std::vector<event> facts;
  facts.reserve(wish.times);
  for (std::uint64_t i = 0; i < wish.times; ++i)
    facts.emplace_back(added{amount_of({wish.number, now.count + i}), wish.note});
  return facts;
}

std::string tally_id(std::uint32_t number) {
  std::string digits = std::to_string(number);
  CAIRN_ASSERT(digits.size() <= id_digits);
  return "t" + std::string(id_digits - digits.size(), '0') + digits;
}

std::uint32_t number_in(std::string_view tally_id) noexcept {
  constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
  if (tally_id.size() != id_digits + 1) return none;
  std::uint32_t number = 0;
  const char* end = tally_id.data() + tally_id.size();
  const auto [stopped, trouble] = std::from_chars(tally_id.data() + 1, end, number);
  return trouble == std::errc{} && stopped == end ? number : none;
}

std::size_t note_bytes_for(std::size_t payload_bytes) {
  CAIRN_ASSERT(payload_bytes >= smallest_payload);
  const auto encoded_size = [](std::size_t note_bytes) {
    cairn::byte_buffer out;
    cairn::encode(added{1, std::string(note_bytes, '.')}, out);
    return out.size();
  };
  // The note's length takes a byte more from 128 on, so there may be no exact answer.
  std::size_t note_bytes = payload_bytes - encoded_size(0);
  while (encoded_size(note_bytes) > payload_bytes)
    --note_bytes;
  return note_bytes;
}

}  // namespace bench

#include "hosts/frequency_sketch.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>

namespace cairn::actors {
namespace {

constexpr std::size_t lines_at_first = 8;
constexpr std::uint64_t lowest_three_bits = 0x7777'7777'7777'7777U;

/// Which counter of each pair of words: five bits for each of the four, from the upper half of the
/// hash. The lower half chooses the line.
struct counter {
  std::size_t word;
  unsigned shift;
};

counter counter_of(std::uint64_t mixed, unsigned row) noexcept {
  const auto bits = static_cast<unsigned>((mixed >> (32U + row * 5U)) & 31U);
  return {row * 2U + (bits & 1U), (bits >> 1U) * 4U};
}

/// All keys of a host may have some bits in common: the host was chosen by them.
std::uint64_t mixed(std::uint64_t hash) noexcept {
  hash = (hash ^ (hash >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
  hash = (hash ^ (hash >> 27U)) * 0x94D0'49BB'1331'11EBU;
  return hash ^ (hash >> 31U);
}

}  // namespace

frequency_sketch::frequency_sketch() : lines_(lines_at_first) {
  keys_ = lines_.size() * keys_per_line;
}

/// Twice the lines: a key's line is then either where it was or as far above, and is there twice.
void frequency_sketch::grow_to(std::size_t keys) noexcept {
  while (keys > keys_) {
    try {
      lines_.reserve(lines_.size() * 2);
    } catch (const std::bad_alloc&) {
      return;
    } catch (const std::length_error&) {
      return;
    }
    const std::size_t before = lines_.size();
    lines_.resize(before * 2);
    std::copy_n(lines_.begin(), before, lines_.begin() + static_cast<std::ptrdiff_t>(before));
    keys_ = lines_.size() * keys_per_line;
  }
}

/// Only the smallest ones of its counters are too small for one more.
void frequency_sketch::add(std::uint64_t hash) noexcept {
  if (++adds_ >= adds_per_key * keys_) halve();
  const std::uint64_t key = mixed(hash);
  line& at = lines_[key & (lines_.size() - 1)];
  const std::uint32_t count = smallest_of(at, key);
  if (count == count_max) return;
  for (unsigned row = 0; row < 4; ++row) {
    const auto [word, shift] = counter_of(key, row);
    if (((at.words[word] >> shift) & count_max) == count) {
      at.words[word] += std::uint64_t{1} << shift;
    }
  }
}

std::uint32_t frequency_sketch::count_of(std::uint64_t hash) const noexcept {
  const std::uint64_t key = mixed(hash);
  return smallest_of(lines_[key & (lines_.size() - 1)], key);
}

std::uint32_t frequency_sketch::smallest_of(const line& at, std::uint64_t mixed) noexcept {
  std::uint32_t least = count_max;
  for (unsigned row = 0; row < 4; ++row) {
    const auto [word, shift] = counter_of(mixed, row);
    least = std::min(least, static_cast<std::uint32_t>((at.words[word] >> shift) & count_max));
  }
  return least;
}

void frequency_sketch::halve() noexcept {
  for (line& each : lines_) {
    for (std::uint64_t& word : each.words)
      word = (word >> 1U) & lowest_three_bits;
  }
  // What has been seen counts half from now on, too.
  adds_ /= 2;
  ++halvings_;
}

}  // namespace cairn::actors

#pragma once

#include "cairn/read_model_options.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace cairn::actors {

/// How long to wait before the next start. The same for the same arguments.
/// @param stops without progress between them, at least 1
/// @param seed spreads those that have stopped at different times, `name` those of one process
[[nodiscard]] inline std::chrono::nanoseconds restart_delay(const restart_pause& pause,
                                                            unsigned stops,
                                                            std::string_view name,
                                                            std::uint64_t seed) {
  std::chrono::nanoseconds delay = std::min(pause.first, pause.longest);
  for (unsigned i = 1; i < stops && delay < pause.longest; ++i) {
    delay = delay > pause.longest / 2 ? pause.longest : delay * 2;
  }
  // FNV-1a, then the end of splitmix64: any bit of name, seed and number changes the result.
  std::uint64_t mix = 0xCBF29CE484222325U ^ seed;
  for (const char letter : name) {
    mix = (mix ^ static_cast<unsigned char>(letter)) * 0x100000001B3U;
  }
  mix += stops * 0x9E3779B97F4A7C15U;
  mix = (mix ^ (mix >> 30U)) * 0xBF58476D1CE4E5B9U;
  mix = (mix ^ (mix >> 27U)) * 0x94D049BB133111EBU;
  mix ^= mix >> 31U;
  const auto thousandths = static_cast<std::int64_t>(mix % 2'001U) - 1'000;
  return delay + delay / 5'000 * thousandths;
}

}  // namespace cairn::actors

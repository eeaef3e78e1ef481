#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace cairn::testing {

/// What has happened in a simulation, line by line, and the hash of all of it. One thread.
class trace {
 public:
  explicit trace(std::function<void(std::string_view)> to) : to_(std::move(to)) {}

  /// "    0.001234567 text"
  void add(std::chrono::nanoseconds now, std::string_view text) {
    constexpr std::int64_t second = 1'000'000'000;
    line_ = std::to_string(now.count() / second);
    const std::string fraction = std::to_string(now.count() % second);
    line_.append(".").append(9 - fraction.size(), '0').append(fraction);
    line_.append(" ").append(text);
    if (to_) to_(line_);
    for (const char one : line_)
      mix(static_cast<unsigned char>(one));
    mix('\n');
  }

  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

 private:
  /// FNV-1a: the same on every machine.
  void mix(unsigned char byte) noexcept { hash_ = (hash_ ^ byte) * 0x100000001B3U; }

  std::function<void(std::string_view)> to_;
  std::string line_;
  std::uint64_t hash_ = 0xCBF29CE484222325U;
};

}  // namespace cairn::testing

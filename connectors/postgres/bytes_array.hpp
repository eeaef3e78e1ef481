#pragma once

#include "cairn/bytes.hpp"

#include <array>
#include <cstdint>

namespace cairn::postgres {

/// An array of bytea as a parameter in PostgreSQL's binary form (array_recv in its arrayfuncs.c):
/// dimensions, whether there are NULLs, type of the elements, length and lower bound; then each
/// element behind its length. All numbers have 32 bits, most significant byte first.
class bytes_array {
 public:
  bytes_array() {
    for (const std::uint32_t number : {1U, 0U, bytes_type, 0U, 1U}) {
      append(number);
    }
  }

  void add(byte_view one) {
    append(static_cast<std::uint32_t>(one.size()));
    bytes_.append(one);
    ++size_;
  }
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  /// As it is now. Valid until it changes.
  [[nodiscard]] byte_view view() {
    const auto length = big(size_);
    for (std::size_t i = 0; i < length.size(); ++i) {
      bytes_.data()[length_at + i] = length[i];
    }
    return bytes_.view();
  }

 private:
  static constexpr std::uint32_t bytes_type = 17;
  static constexpr std::size_t length_at = 12;

  [[nodiscard]] static std::array<std::byte, 4> big(std::uint32_t number) noexcept {
    return {std::byte(number >> 24U & 0xFFU),
            std::byte(number >> 16U & 0xFFU),
            std::byte(number >> 8U & 0xFFU),
            std::byte(number & 0xFFU)};
  }
  void append(std::uint32_t number) { bytes_.append(byte_view{big(number)}); }

  byte_buffer bytes_;
  std::uint32_t size_ = 0;
};

}  // namespace cairn::postgres

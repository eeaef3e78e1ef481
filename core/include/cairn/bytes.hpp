#pragma once

#include "cairn/assert.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cairn {

/// Bytes borrowed from somebody.
using byte_view = std::span<const std::byte>;

[[nodiscard]] inline byte_view as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span{text.data(), text.size()});
}

[[nodiscard]] inline std::string_view as_text(byte_view bytes) noexcept {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace detail {

/// The bytes of a number, least significant first, whatever this machine's own order is.
template <std::integral T> [[nodiscard]] constexpr T little_endian(T value) noexcept {
  if constexpr (std::endian::native == std::endian::little || sizeof(T) == 1) {
    return value;
  } else {
    auto raw = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
    std::reverse(raw.begin(), raw.end());
    return std::bit_cast<T>(raw);
  }
}

/// @pre from has at least sizeof(T) bytes
template <std::integral T> [[nodiscard]] T load_little(const std::byte* from) noexcept {
  T value{};
  std::memcpy(&value, from, sizeof value);
  return little_endian(value);
}

template <std::integral T> void store_little(std::byte* to, T value) noexcept {
  value = little_endian(value);
  std::memcpy(to, &value, sizeof value);
}

}  // namespace detail

/// A growing row of bytes that does not fill new memory with zeros. One thread.
class byte_buffer {
 public:
  byte_buffer() = default;
  byte_buffer(byte_buffer&& other) noexcept
      : bytes_(std::move(other.bytes_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  byte_buffer& operator=(byte_buffer&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }
  byte_buffer(const byte_buffer&) = delete;
  byte_buffer& operator=(const byte_buffer&) = delete;
  ~byte_buffer() = default;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::byte* data() noexcept { return bytes_.get(); }
  [[nodiscard]] const std::byte* data() const noexcept { return bytes_.get(); }
  [[nodiscard]] byte_view view() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] byte_view view(std::size_t from, std::size_t count) const noexcept {
    return view().subspan(from, count);
  }
  [[nodiscard]] std::string_view text() const noexcept { return as_text(view()); }

  /// Keeps the memory.
  void clear() noexcept { size_ = 0; }

  /// Forgets everything from `size` on. @pre size <= size()
  void truncate(std::size_t size) noexcept {
    CAIRN_ASSERT(size <= size_);
    size_ = size;
  }

  void reserve(std::size_t capacity) {
    if (capacity > capacity_) grow_to(capacity);
  }

  /// Makes room for `count` more bytes and returns where they begin; their values are undefined.
  std::byte* extend(std::size_t count) {
    if (capacity_ - size_ < count)
      grow_to(std::max({size_ + count, capacity_ * 2, first_capacity}));
    std::byte* begin = bytes_.get() + size_;
    size_ += count;
    return begin;
  }

  void append(const void* from, std::size_t count) {
    if (count != 0) std::memcpy(extend(count), from, count);
  }
  void append(byte_view bytes) { append(bytes.data(), bytes.size()); }
  void append(std::string_view text) { append(text.data(), text.size()); }

  /// Appends a number of fixed width, least significant byte first.
  template <std::integral T> void append_little(T value) {
    detail::store_little(extend(sizeof value), value);
  }

  /// Appends a number in 1 to 10 bytes, seven bits each, least significant first (LEB128).
  void append_varint(std::uint64_t value) {
    while (value >= 0x80) {
      append_little(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7U;
    }
    append_little(static_cast<std::uint8_t>(value));
  }

  /// Overwrites a number that append_little wrote at `at`.
  template <std::integral T> void patch_little(std::size_t at, T value) noexcept {
    CAIRN_ASSERT(at + sizeof value <= size_);
    detail::store_little(bytes_.get() + at, value);
  }

 private:
  static constexpr std::size_t first_capacity = 64;

  void grow_to(std::size_t capacity) {
    // Not make_unique<T[]>(n), which would clear the memory first.
    std::unique_ptr<std::byte[]> bigger{new std::byte[capacity]};
    if (size_ != 0) std::memcpy(bigger.get(), bytes_.get(), size_);
    bytes_ = std::move(bigger);
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Reads numbers and texts from bytes that may be anything. After the first read beyond the end it
/// is `failed` for good and reads zeros, so that callers may check once at the end. One thread.
class byte_reader {
 public:
  explicit byte_reader(byte_view bytes) noexcept : at_(bytes.data()), end_(at_ + bytes.size()) {}

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  void fail() noexcept {
    failed_ = true;
    at_ = end_;
  }

  template <std::integral T> [[nodiscard]] T read_little() noexcept {
    if (left() < sizeof(T)) {
      fail();
      return T{};
    }
    const T value = detail::load_little<T>(at_);
    at_ += sizeof(T);
    return value;
  }

  /// Fails on more than ten bytes and on values beyond 64 bits.
  [[nodiscard]] std::uint64_t read_varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = read_little<std::uint8_t>();
      if (failed_ || (shift == 63 && byte > 1)) break;
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if ((byte & 0x80U) == 0) return value;
    }
    fail();
    return 0;
  }

  [[nodiscard]] byte_view read_bytes(std::size_t count) noexcept {
    if (left() < count) {
      fail();
      return {};
    }
    const byte_view bytes{at_, count};
    at_ += count;
    return bytes;
  }

  [[nodiscard]] std::string_view read_text(std::size_t count) noexcept {
    return as_text(read_bytes(count));
  }

 private:
  const std::byte* at_;
  const std::byte* end_;
  bool failed_ = false;
};

}  // namespace cairn

#pragma once

#include <cstdint>
#include <string_view>

// Slices divide the aggregates of a store into equal parts, for those who share work on events.

namespace cairn {

inline constexpr std::uint16_t slice_count = 1024;

/// The slice of the aggregate with this type name and id, 0 to 1023: its hash modulo 1024, fixed
/// for ever and the same on every machine; see "Slices" in persistence/FORMAT.md. Any thread.
[[nodiscard]] std::uint16_t slice_of(std::string_view type, std::string_view id) noexcept;

/// Slices from `first` to `last`, both included.
struct slice_range {
  std::uint16_t first = 0;
  std::uint16_t last = slice_count - 1;

  [[nodiscard]] constexpr bool is_all() const noexcept {
    return first == 0 && last == slice_count - 1;
  }
  [[nodiscard]] constexpr bool has(std::uint16_t slice) const noexcept {
    return first <= slice && slice <= last;
  }

  bool operator==(const slice_range&) const = default;
};

namespace detail {

/// XXH3-64 of the id, seeded with XXH3-64 of the type.
[[nodiscard]] std::uint64_t hash_of_stream(std::string_view type, std::string_view id) noexcept;

}  // namespace detail

}  // namespace cairn

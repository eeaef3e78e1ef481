#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace cairn::detail {

/// A literal as an argument of a template: `by<"country">()`.
template <std::size_t Size> struct fixed_text {
  // Implicit, so that a literal is enough. All is public: otherwise it cannot be such an argument.
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-c-arrays,google-explicit-constructor)
  consteval fixed_text(const char (&literal)[Size]) { std::copy_n(literal, Size, letters); }

  [[nodiscard]] constexpr std::string_view view() const noexcept { return {letters, Size - 1}; }

  // NOLINTNEXTLINE(cppcoreguidelines-avoid-c-arrays)
  char letters[Size]{};
};

}  // namespace cairn::detail

#pragma once

#include "cairn/error.hpp"

#include <utility>
#include <variant>

namespace cairn {

/// A value, or the reason why there is none.
///
/// The names are those of std::expected, so that this becomes an alias of it under C++23.
/// @pre `operator*` and `operator->` need has_value(); `error()` needs !has_value(). Otherwise they
/// throw std::bad_variant_access.
template <class T> class [[nodiscard]] result {
 public:
  using value_type = T;

  // Implicit on purpose: functions end in `return value;` or `return found.error();`.
  // NOLINTNEXTLINE(google-explicit-constructor)
  result(T value) : held_(std::in_place_index<0>, std::move(value)) {}

  /// A value as T's default constructor makes it, for a large one that is then filled in place.
  explicit result(std::in_place_t /*unused*/) : held_(std::in_place_index<0>) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  result(cairn::error reason) : held_(std::in_place_index<1>, std::move(reason)) {}

  [[nodiscard]] bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& operator*() & { return std::get<0>(held_); }
  [[nodiscard]] const T& operator*() const& { return std::get<0>(held_); }
  [[nodiscard]] T&& operator*() && { return std::get<0>(std::move(held_)); }
  [[nodiscard]] T* operator->() { return &std::get<0>(held_); }
  [[nodiscard]] const T* operator->() const { return &std::get<0>(held_); }

  [[nodiscard]] const cairn::error& error() const { return std::get<1>(held_); }

 private:
  std::variant<T, cairn::error> held_;
};

/// Success without a value, or the reason.
template <> class [[nodiscard]] result<void> {
 public:
  using value_type = void;

  result() = default;

  // NOLINTNEXTLINE(google-explicit-constructor)
  result(cairn::error reason) : held_(std::move(reason)) {}

  [[nodiscard]] bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] const cairn::error& error() const { return std::get<1>(held_); }

 private:
  std::variant<std::monostate, cairn::error> held_;
};

}  // namespace cairn

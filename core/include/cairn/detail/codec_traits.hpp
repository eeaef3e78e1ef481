#pragma once

#include "cairn/fields.hpp"
#include "cairn/ids.hpp"

#include <boost/core/nvp.hpp>
#include <boost/serialization/access.hpp>
#include <boost/serialization/level.hpp>
#include <boost/serialization/serialization.hpp>
#include <boost/serialization/split_free.hpp>
#include <boost/serialization/split_member.hpp>
#include <boost/serialization/version.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// What the four archives (binary and JSON, out and in) have to know about the types of users. No
// free function of this namespace may be called `serialize`: the archives live here, so it would be
// found.

namespace cairn {

/// Objects with a `serialize` of their own may contain one another at most this deep.
inline constexpr unsigned codec_nesting_max = 64;

/// What encode and to_json throw when objects nest deeper than that: they could not be read back.
class nested_too_deep : public std::length_error {
 public:
  nested_too_deep();
};

namespace detail {

/// Thrown by a reading archive when it cannot go on, so that loops in a user's `load` end, too. It
/// never leaves the codec. Not a std::exception, so that users do not catch it by mistake.
struct reading_stopped {};

/// The error for the exception that is being handled, which came from a user's `serialize`.
[[nodiscard]] error why_thrown();

/// The front of a foreign text, fit for a log: control characters become '?'.
[[nodiscard]] std::string printable(std::string_view text);

/// How a field is handed to an archive: with a name, or as a bare reference.
template <class T> struct field_parts {
  static constexpr std::string_view name(const T& /*field*/) { return {}; }
  static constexpr T& value(T& field) { return field; }
};

template <class T> struct field_parts<const T> : field_parts<T> {
  static constexpr const T& value(const T& field) { return field; }
};

template <class T> struct field_parts<named_field<T>> {
  static constexpr std::string_view name(const named_field<T>& field) { return field.name; }
  static constexpr T& value(const named_field<T>& field) { return field.value; }
};
template <class T> struct field_parts<const named_field<T>> : field_parts<named_field<T>> {};

template <class T> struct field_parts<boost::serialization::nvp<T>> {
  static std::string_view name(const boost::serialization::nvp<T>& field) { return field.name(); }
  static T& value(const boost::serialization::nvp<T>& field) { return field.value(); }
};
template <class T>
struct field_parts<const boost::serialization::nvp<T>> : field_parts<boost::serialization::nvp<T>> {
};

/// The version that BOOST_CLASS_VERSION gives to T, otherwise 0.
template <class T>
inline constexpr std::uint32_t class_version =
    static_cast<std::uint32_t>(boost::serialization::version<T>::value);

/// Whether objects of T carry their class version (BOOST_CLASS_IMPLEMENTATION can turn it off).
template <class T>
inline constexpr bool stores_class_version =
    int{boost::serialization::implementation_level<T>::value} >=
    int{boost::serialization::object_class_info};

/// Whether T can have a `serialize` of its own; does not compile, and says why, when it cannot.
template <class T> consteval bool check_storable() {
  static_assert(!std::is_pointer_v<T>,
                "cairn: a raw pointer cannot be stored; use std::optional, std::unique_ptr, or a "
                "std::variant of the derived types");
  static_assert(std::is_pointer_v<T> || std::is_class_v<T>,
                "cairn: this type cannot be stored; give it a class with a `serialize`");
  return std::is_class_v<T>;
}

template <class... Alternatives> consteval bool stable_names_differ() {
  const std::array<std::string_view, sizeof...(Alternatives)> names{Alternatives::stable_name...};
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (names[i] == names[k]) return false;
    }
  }
  return true;
}

/// Whether a variant of these can be stored; does not compile, and says why, when it cannot.
template <class... Alternatives> consteval bool check_alternatives() {
  constexpr bool all_named = (has_stable_name<Alternatives> && ...);
  static_assert(all_named,
                "cairn: every alternative of a stored std::variant needs "
                "`static constexpr std::string_view stable_name = \"...\"`");
  if constexpr (all_named) {
    static_assert(stable_names_differ<Alternatives...>(),
                  "cairn: two alternatives of a stored std::variant have the same stable_name");
  }
  return all_named;
}

/// The type's stable name, or else what the compiler calls it. For messages, never stored.
template <class T> constexpr std::string_view name_for_people() {
  if constexpr (has_stable_name<T>) {
    return T::stable_name;
  } else {
    const std::string_view text = __PRETTY_FUNCTION__;
    const auto begin = text.find("T = ") + 4;
    return text.substr(begin, text.find_first_of(";]", begin) - begin);
  }
}

/// Rows of these are stored as they lie in memory.
template <class T>
concept byte_like =
    std::same_as<T, std::byte> || std::same_as<T, unsigned char> || std::same_as<T, char>;

/// Single characters: stored as unsigned numbers, since the sign of `char` differs among machines.
template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

/// Elements that may take no bytes cannot be counted against the bytes that are left.
template <class T> constexpr void check_element() {
  static_assert(
      !std::is_empty_v<T> || stores_class_version<T>,
      "cairn: elements of a stored container must not be empty objects without a version");
}

template <class T> struct is_nullable : std::false_type {};
template <class T> struct is_nullable<std::optional<T>> : std::true_type {};
template <class T> struct is_nullable<std::unique_ptr<T>> : std::true_type {};
template <class T> struct is_nullable<std::shared_ptr<T>> : std::true_type {};

template <class T> struct is_text_id : std::false_type {};
template <class Tag> struct is_text_id<text_id<Tag>> : std::true_type {};

/// What a JSON object may have as a key.
template <class T>
concept text_like = std::same_as<T, std::string> || is_text_id<T>::value;

template <class Tag> const std::string& text_of(const text_id<Tag>& id) {
  return id.text();
}
inline const std::string& text_of(const std::string& text) {
  return text;
}

/// An element of an unordered container within what has been written: [begin, end), sorted by the
/// bytes of [begin, key_end).
struct written_element {
  std::size_t begin = 0;
  std::size_t key_end = 0;
  std::size_t end = 0;
};

/// Puts adjacent elements into the order of their keys' bytes, so that equal containers give equal
/// bytes. `written` begins where the offsets count from.
void sort_written(char* written, std::vector<written_element>& elements);

}  // namespace detail
}  // namespace cairn

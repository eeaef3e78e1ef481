#pragma once

#include <concepts>
#include <string_view>

namespace cairn {

/// A field and the name that it has in JSON. Made by `cairn::field`.
template <class T> struct named_field {
  std::string_view name;
  T& value;

  /// For archives of others, which know no names: just the value.
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    archive& value;
  }
};

/// Gives a field its name in JSON: `cairn::fields(ar, cairn::field("owner", owner));`
/// @pre `name` outlives the call: use a literal.
template <class T> [[nodiscard]] named_field<T> field(std::string_view name, T& value) {
  return {name, value};
}

/// Lists the fields of a stored value, in their stored order: `cairn::fields(ar, owner, cents);`
/// A field without a name is called "_1", "_2", ... in JSON, by its place.
template <class Archive, class... Fields> void fields(Archive& archive, Fields&&... values) {
  ((archive & values), ...);
}

namespace detail {

/// Stands for any archive while a concept asks whether a type can be stored at all.
struct any_archive {
  template <class T> any_archive& operator&(T&& /*field*/) { return *this; }
};

}  // namespace detail

/// What a value needs in order to be stored or sent.
template <class T>
concept has_serialize = requires(T& value, detail::any_archive& archive) {
  value.serialize(archive, 0U);
}
|| requires(T& value, detail::any_archive& archive) {
  serialize(archive, value, 0U);
};

template <class T>
concept has_stable_name = requires {
  { T::stable_name } -> std::convertible_to<std::string_view>;
};

}  // namespace cairn

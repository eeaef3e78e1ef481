#pragma once

#include "cairn/value_aggregate.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

// A value aggregate with rules, and a store of values without.

namespace crm {

using cairn::field, cairn::fields;

struct details {
  static constexpr std::string_view stable_name = "details";
  /// How many have been read from bytes, by anybody.
  static inline std::atomic<int> decoded{0};
  std::string name;
  std::int64_t renamed = 0;

  template <class Ar> void serialize(Ar& ar, unsigned) {
    if constexpr (Ar::is_loading::value) ++decoded;
    fields(ar, field("name", name), field("renamed", renamed));
  }
  bool operator==(const details&) const = default;
};

struct sign_up {
  static constexpr std::string_view stable_name = "sign_up";
  std::string name;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("name", name)); }
  bool operator==(const sign_up&) const = default;
};
struct rename {
  static constexpr std::string_view stable_name = "rename";
  std::string name;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("name", name)); }
  bool operator==(const rename&) const = default;
};
/// To one name and on to another, in one commit.
struct rename_twice {
  static constexpr std::string_view stable_name = "rename_twice";
  std::string first;
  std::string second;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("first", first), field("second", second));
  }
  bool operator==(const rename_twice&) const = default;
};
struct close {
  static constexpr std::string_view stable_name = "close";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
  bool operator==(const close&) const = default;
};

struct profile : cairn::value_aggregate<details> {
  static constexpr std::string_view stable_name = "crm.profile";
  enum class rejection : std::uint8_t { unknown, known };
  using command = std::variant<sign_up, rename, rename_twice, close>;
  using decision = cairn::value_decision<details, rejection>;

  static decision decide(const state& now, const sign_up& wish) {
    if (now) return rejection::known;
    return details{wish.name, 0};
  }
  static decision decide(const state& now, const rename& wish) {
    if (!now) return rejection::unknown;
    if (now->name == wish.name) return {};
    return details{wish.name, now->renamed + 1};
  }
  static decision decide(const state& now, const rename_twice& wish) {
    if (!now) return rejection::unknown;
    return {details{wish.first, now->renamed + 1}, details{wish.second, now->renamed + 2}};
  }
  static decision decide(const state& now, const close& /*wish*/) {
    if (!now) return cairn::unhandled;
    return cairn::value_cleared{};
  }
};

struct profile_store : cairn::stored_value<details> {
  static constexpr std::string_view stable_name = "crm.profile_store";
};

}  // namespace crm

#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/value_aggregate.hpp"

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <variant>

// A value aggregate of two versions of a program, which share a store: `then` has written what
// `now` reads. Each value is a command, too, so that a test can record whatever it likes.

namespace then {

using cairn::field, cairn::fields;

struct price {
  static constexpr std::string_view stable_name = "price";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const price&) const = default;
};
struct text_price {
  static constexpr std::string_view stable_name = "text_price";
  std::string cents;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const text_price&) const = default;
};
struct rumour {
  static constexpr std::string_view stable_name = "rumour";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
  bool operator==(const rumour&) const = default;
};
struct offer {
  static constexpr std::string_view stable_name = "offer";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
  bool operator==(const offer&) const = default;
};

/// An aggregate of events, since only so it can write the values of several pasts.
struct item {
  static constexpr std::string_view stable_name = "shop.item";
  struct state {};
  enum class rejection : std::uint8_t {};
  using command = std::variant<price, text_price, rumour, offer, cairn::value_cleared>;
  using event = command;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const auto& wish) { return wish; }
  static void evolve(state& /*now*/, const auto& /*fact*/) {}
};

/// What is to be `now::cost`, before it has a currency.
struct cost {
  static constexpr std::string_view stable_name = "cost";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  bool operator==(const cost&) const = default;
};
struct cost_store : cairn::stored_value<cost> {
  static constexpr std::string_view stable_name = "shop.item";
};

}  // namespace then

namespace now {

using cairn::field, cairn::fields;

struct cost {  // was `price`, and has one field more
  static constexpr std::string_view stable_name = "cost";
  static constexpr std::array<std::string_view, 1> former_names{"price"};
  std::int64_t cents = 0;
  std::string currency = "EUR";
  template <class Ar> void serialize(Ar& ar, unsigned version) {
    fields(ar, field("cents", cents));
    if (version >= 1) fields(ar, field("currency", currency));
  }
  bool operator==(const cost&) const = default;
};

/// Its events `offer` are unknown.
struct item : cairn::value_aggregate<cost> {
  static constexpr std::string_view stable_name = "shop.item";
  enum class rejection : std::uint8_t {};
  using command = std::variant<cost, cairn::clear_value>;
  using decision = cairn::value_decision<cost, rejection>;
  using retired = std::tuple<then::text_price, then::rumour>;
  static cost upcast(const then::text_price& old) { return {std::stoll(old.cents), "EUR"}; }
  static cairn::dropped upcast(const then::rumour& /*old*/) { return {}; }
  static decision decide(const state& /*now*/, const cost& wish) { return wish; }
  static decision decide(const state& /*now*/, const cairn::clear_value& /*wish*/) {
    return cairn::value_cleared{};
  }
};

}  // namespace now

BOOST_CLASS_VERSION(now::cost, 1)

#pragma once

#include "shop/domain/heading.hpp"
#include "shop/domain/line.hpp"

#include "cairn/aggregate.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shop {

struct add_item {
  static constexpr std::string_view stable_name = "add_item";
  std::string stock_code;
  std::int64_t quantity = 0;
  std::int64_t unit_price_mils = 0;

  bool operator==(const add_item&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("stock_code", stock_code),
                  cairn::field("quantity", quantity),
                  cairn::field("unit_price_mils", unit_price_mils));
  }
};

struct remove_item {
  static constexpr std::string_view stable_name = "remove_item";
  std::string stock_code;
  std::int64_t quantity = 0;

  bool operator==(const remove_item&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(
        archive, cairn::field("stock_code", stock_code), cairn::field("quantity", quantity));
  }
};

struct check_out {
  static constexpr std::string_view stable_name = "check_out";
  std::string country;
  business_time time{};

  bool operator==(const check_out&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("country", country), cairn::field("time", time));
  }
};

struct item_added {
  static constexpr std::string_view stable_name = "item_added";
  std::string stock_code;
  std::int64_t quantity = 0;
  std::int64_t unit_price_mils = 0;

  bool operator==(const item_added&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("stock_code", stock_code),
                  cairn::field("quantity", quantity),
                  cairn::field("unit_price_mils", unit_price_mils));
  }
};

struct item_removed {
  static constexpr std::string_view stable_name = "item_removed";
  std::string stock_code;
  std::int64_t quantity = 0;

  bool operator==(const item_removed&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(
        archive, cairn::field("stock_code", stock_code), cairn::field("quantity", quantity));
  }
};

/// The cart is empty again; its contents are the lines of an order, which the process manager
/// `checkout` places.
struct checked_out {
  static constexpr std::string_view stable_name = "checked_out";
  std::vector<line> lines;
  /// Counts the customer's check-outs, from 1. Those of version 0 have none: whoever checked the
  /// cart out placed the order.
  std::uint64_t number = 0;
  std::string country;
  business_time time{};

  bool operator==(const checked_out&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned version) {
    cairn::fields(archive, cairn::field("lines", lines));
    if (version == 0) return;
    cairn::fields(archive,
                  cairn::field("number", number),
                  cairn::field("country", country),
                  cairn::field("time", time));
  }
};

/// What a customer is about to buy. Its id is the customer's; it is used again after each
/// check-out.
struct cart {
  static constexpr std::string_view stable_name = "shop.cart";

  struct item {
    std::int64_t quantity = 0;
    std::int64_t unit_price_mils = 0;

    bool operator==(const item&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, quantity, unit_price_mils);
    }
  };

  struct state {
    std::map<std::string, item> items;
    std::uint64_t checkouts = 0;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, items, checkouts);
    }
  };

  enum class rejection : std::uint8_t {
    no_stock_code,
    quantity_not_positive,
    price_negative,
    price_differs,
    too_much,
    not_in_cart,
    empty,
  };

  using command = std::variant<add_item, remove_item, check_out>;
  using event = std::variant<item_added, item_removed, checked_out>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const add_item& wish) {
    if (wish.stock_code.empty()) return rejection::no_stock_code;
    if (wish.quantity <= 0) return rejection::quantity_not_positive;
    if (wish.unit_price_mils < 0) return rejection::price_negative;
    if (wish.unit_price_mils > unit_price_mils_max) return rejection::too_much;
    const auto there = now.items.find(wish.stock_code);
    const item before = there == now.items.end() ? item{0, wish.unit_price_mils} : there->second;
    if (before.unit_price_mils != wish.unit_price_mils) return rejection::price_differs;
    if (wish.quantity > quantity_max - before.quantity) return rejection::too_much;
    return item_added{wish.stock_code, wish.quantity, wish.unit_price_mils};
  }

  static decision decide(const state& now, const remove_item& wish) {
    if (wish.quantity <= 0) return rejection::quantity_not_positive;
    const auto there = now.items.find(wish.stock_code);
    if (there == now.items.end()) return rejection::not_in_cart;
    if (wish.quantity > there->second.quantity) return rejection::too_much;
    return item_removed{wish.stock_code, wish.quantity};
  }

  static decision decide(const state& now, const check_out& wish) {
    if (now.items.empty()) return rejection::empty;
    checked_out fact{{}, now.checkouts + 1, wish.country, wish.time};
    for (const auto& [stock_code, one] : now.items) {
      fact.lines.push_back(
          {fact.lines.size() + 1, stock_code, {}, one.quantity, one.unit_price_mils});
    }
    return fact;
  }

  static void evolve(state& now, const item_added& fact) {
    item& one = now.items[fact.stock_code];
    one.quantity += fact.quantity;
    one.unit_price_mils = fact.unit_price_mils;
  }
  static void evolve(state& now, const item_removed& fact) {
    const auto there = now.items.find(fact.stock_code);
    if (there == now.items.end()) return;
    there->second.quantity -= fact.quantity;
    if (there->second.quantity == 0) now.items.erase(there);
  }
  static void evolve(state& now, const checked_out& /*fact*/) {
    now.items.clear();
    ++now.checkouts;
  }
};

}  // namespace shop

BOOST_CLASS_VERSION(shop::checked_out, 1)
// 1: without the lines of the latest check-out.
BOOST_CLASS_VERSION(shop::cart::state, 1)

#pragma once

#include "shop/domain/cart.hpp"
#include "shop/domain/order.hpp"

#include "cairn/process_manager.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace shop {

/// An order from a cart that is not paid by then is cancelled.
inline constexpr std::chrono::minutes payment_window{15};

/// Orders that came out of a cart have numbers that begin with W.
[[nodiscard]] inline std::string web_order_number(std::string_view customer,
                                                  std::uint64_t checkout) {
  return "W" + std::string{customer} + "-" + std::to_string(checkout);
}

/// Places the order that comes out of a cart, so that no cart is emptied for nothing when the
/// program is killed between the two.
struct checkout {
  static constexpr std::string_view stable_name = "shop.checkout";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<cart, checked_out>>;
  using targets = cairn::targets<order>;

  /// Each check-out is over with its first step.
  struct state {
    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& /*archive*/, unsigned /*version*/) {}
  };

  static cairn::route route(const cairn::recorded<checked_out>& fact) {
    if (fact->number == 0) return cairn::ignores();
    return cairn::starts_new(web_order_number(fact.meta.aggregate_id, fact->number));
  }

  static void on(state& /*now*/,
                 const cairn::recorded<checked_out>& fact,
                 cairn::reactions<checkout>& then) {
    const heading head{std::string{fact.meta.aggregate_id}, fact->country, fact->time};
    then.send<order>(std::string{then.instance()}, place{head, fact->lines, payment_window});
    then.end();
  }
};

}  // namespace shop

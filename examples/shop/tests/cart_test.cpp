#include "shop/domain/cart.hpp"

#include "cairn/testing.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace {

using cairn::testing::given;

using shop::add_item;
using shop::cart;
using shop::check_out;
using shop::checked_out;
using shop::item_added;
using shop::item_removed;
using shop::remove_item;
using rejection = cart::rejection;

constexpr shop::business_time noon{std::chrono::seconds{1'291'204'800}};

TEST(Cart, TakesAnItem) {
  given<cart>()
      .when(add_item{"71053", 6, 3'390})
      .then(item_added{"71053", 6, 3'390})
      .then_state({{{"71053", {6, 3'390}}}, 0});
}

TEST(Cart, AddsUpTheSameItem) {
  given<cart>(item_added{"71053", 6, 3'390})
      .when(add_item{"71053", 2, 3'390})
      .then_state({{{"71053", {8, 3'390}}}, 0});
}

TEST(Cart, RefusesWhatIsNoItem) {
  given<cart>().when(add_item{"", 1, 1}).then_rejected(rejection::no_stock_code);
  given<cart>().when(add_item{"A", 0, 1}).then_rejected(rejection::quantity_not_positive);
  given<cart>().when(add_item{"A", 1, -1}).then_rejected(rejection::price_negative);
  given<cart>()
      .when(add_item{"A", 1, shop::unit_price_mils_max + 1})
      .then_rejected(rejection::too_much);
}

TEST(Cart, RefusesAnotherPriceForTheSameItem) {
  given<cart>(item_added{"A", 1, 100})
      .when(add_item{"A", 1, 101})
      .then_rejected(rejection::price_differs);
}

TEST(Cart, HasALimitForEachItem) {
  given<cart>(item_added{"A", shop::quantity_max, 100})
      .when(add_item{"A", 1, 100})
      .then_rejected(rejection::too_much);
}

TEST(Cart, GivesItemsBack) {
  given<cart>(item_added{"A", 3, 100})
      .when(remove_item{"A", 1})
      .then(item_removed{"A", 1})
      .then_state({{{"A", {2, 100}}}, 0});
  given<cart>(item_added{"A", 3, 100}).when(remove_item{"A", 3}).then_state({});
}

TEST(Cart, GivesNothingBackThatItDoesNotHave) {
  given<cart>().when(remove_item{"A", 1}).then_rejected(rejection::not_in_cart);
  given<cart>(item_added{"A", 3, 100}).when(remove_item{"A", 4}).then_rejected(rejection::too_much);
  given<cart>(item_added{"A", 3, 100})
      .when(remove_item{"A", 0})
      .then_rejected(rejection::quantity_not_positive);
}

TEST(Cart, IsEmptyAfterTheCheckOutAndCountsIt) {
  const std::vector<shop::line> lines{{1, "A", "", 3, 100}, {2, "B", "", 1, 0}};
  given<cart>(item_added{"B", 1, 0}, item_added{"A", 3, 100})
      .when(check_out{"EIRE", noon})
      .then(checked_out{lines, 1, "EIRE", noon})
      .then_state({{}, 1});
}

TEST(Cart, ChecksNothingOutWhenEmpty) {
  given<cart>().when(check_out{}).then_rejected(rejection::empty);
}

}  // namespace

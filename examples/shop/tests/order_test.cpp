#include "shop/domain/order.hpp"

#include "cairn/testing.hpp"

#include <gtest/gtest.h>

namespace {

using cairn::testing::given;
using namespace std::chrono_literals;

using shop::book_line;
using shop::heading;
using shop::invoice_kind;
using shop::line;
using shop::line_booked;
using shop::order;
using shop::placed;
using rejection = order::rejection;

constexpr shop::business_time morning{1'291'191'960s};
constexpr shop::business_time noon{1'291'204'800s};

const heading head{"17850", "United Kingdom", morning};
const line lantern{2, "71053", "WHITE METAL LANTERN", 6, 3'390};
const line hanger{3, "84406B", "CREAM CUPID, \"HEARTS\"", 8, 2'750};

line with_quantity(line one, std::int64_t quantity) {
  one.quantity = quantity;
  return one;
}

line with_price(line one, std::int64_t unit_price_mils) {
  one.unit_price_mils = unit_price_mils;
  return one;
}

TEST(Order, IsPlacedByItsFirstLine) {
  given<order>()
      .when(book_line{invoice_kind::order, head, lantern})
      .then(placed{head}, line_booked{invoice_kind::order, head, lantern});
}

TEST(Order, TakesFurtherLines) {
  given<order>(placed{head}, line_booked{invoice_kind::order, head, lantern})
      .when(book_line{invoice_kind::order, head, hanger})
      .then(line_booked{invoice_kind::order, head, hanger})
      .then_state({invoice_kind::order,
                   order::stage::placed,
                   head,
                   {lantern, hanger},
                   14,
                   6 * 3'390 + 8 * 2'750});
}

TEST(Order, TakesALineOfAnInvoiceInWhateverStageItIs) {
  given<order>(placed{head}, shop::shipped{noon})
      .when(book_line{invoice_kind::order, head, hanger})
      .then(line_booked{invoice_kind::order, head, hanger});
}

TEST(Order, CanBeACancellation) {
  const line back = with_quantity(lantern, -6);
  given<order>()
      .when(book_line{invoice_kind::cancellation, head, back})
      .then(shop::cancellation_issued{head}, line_booked{invoice_kind::cancellation, head, back});
}

TEST(Order, CanBeAnAdjustment) {
  const line debt = with_price(lantern, -11'062'060);
  given<order>()
      .when(book_line{invoice_kind::adjustment, head, debt})
      .then(shop::adjustment_issued{head}, line_booked{invoice_kind::adjustment, head, debt});
}

TEST(Order, DoesNotChangeItsKind) {
  given<order>(placed{head})
      .when(book_line{invoice_kind::cancellation, head, lantern})
      .then_rejected(rejection::kind_differs);
}

TEST(Order, RefusesLinesThatCouldOverflowASum) {
  const auto huge = with_quantity(lantern, shop::quantity_max + 1);
  const auto dear = with_price(lantern, -shop::unit_price_mils_max - 1);
  given<order>()
      .when(book_line{invoice_kind::order, head, huge})
      .then_rejected(rejection::line_out_of_range);
  given<order>()
      .when(book_line{invoice_kind::order, head, dear})
      .then_rejected(rejection::line_out_of_range);
  given<order>().when(shop::place{head, {huge}}).then_rejected(rejection::line_out_of_range);
}

TEST(Order, IsPlacedWithAllLinesOfACart) {
  given<order>()
      .when(shop::place{head, {lantern, hanger}})
      .then(placed{head},
            line_booked{invoice_kind::order, head, lantern},
            line_booked{invoice_kind::order, head, hanger});
}

TEST(Order, IsPlacedOnce) {
  given<order>(placed{head})
      .when(shop::place{head, {lantern}})
      .then_rejected(rejection::already_placed);
}

TEST(Order, IsNotPlacedWithoutGoodLines) {
  given<order>().when(shop::place{head, {}}).then_rejected(rejection::no_lines);
  given<order>()
      .when(shop::place{head, {with_quantity(lantern, 0)}})
      .then_rejected(rejection::quantity_not_positive);
  given<order>()
      .when(shop::place{head, {with_price(lantern, -1)}})
      .then_rejected(rejection::price_negative);
}

TEST(Order, IsShippedAndThenDelivered) {
  given<order>(placed{head}).when(shop::ship{noon}).then(shop::shipped{noon});
  given<order>(placed{head}, shop::shipped{morning})
      .when(shop::deliver{noon})
      .then(shop::delivered{noon});
}

TEST(Order, IsCancelledOnlyBeforeItIsShipped) {
  given<order>(placed{head}).when(shop::cancel{noon}).then(shop::cancelled{noon});
  given<order>(placed{head}, shop::shipped{morning})
      .when(shop::cancel{noon})
      .then_rejected(rejection::already_shipped);
  given<order>(placed{head}, shop::shipped{morning}, shop::delivered{morning})
      .when(shop::cancel{noon})
      .then_rejected(rejection::already_delivered);
}

TEST(Order, IsSentBackOnlyAfterItIsShipped) {
  given<order>(placed{head}).when(shop::send_back{noon}).then_rejected(rejection::not_shipped);
  given<order>(placed{head}, shop::shipped{morning})
      .when(shop::send_back{noon})
      .then(shop::returned{noon});
  given<order>(placed{head}, shop::shipped{morning}, shop::delivered{morning})
      .when(shop::send_back{noon})
      .then(shop::returned{noon});
}

TEST(Order, GoesNowhereBeforeItIsPlaced) {
  given<order>().when(shop::ship{noon}).then_rejected(rejection::not_placed);
  given<order>().when(shop::deliver{noon}).then_rejected(rejection::not_placed);
  given<order>().when(shop::cancel{noon}).then_rejected(rejection::not_placed);
  given<order>().when(shop::send_back{noon}).then_rejected(rejection::not_placed);
}

TEST(Order, GoesNowhereAfterItsEnd) {
  const auto cancelled = given<order>(placed{head}, shop::cancelled{noon});
  cancelled.when(shop::ship{noon}).then_rejected(rejection::already_cancelled);
  cancelled.when(shop::deliver{noon}).then_rejected(rejection::already_cancelled);
  cancelled.when(shop::cancel{noon}).then_rejected(rejection::already_cancelled);
  cancelled.when(shop::send_back{noon}).then_rejected(rejection::already_cancelled);
  const auto returned = given<order>(placed{head}, shop::shipped{noon}, shop::returned{noon});
  returned.when(shop::ship{noon}).then_rejected(rejection::already_returned);
  returned.when(shop::deliver{noon}).then_rejected(rejection::already_returned);
  returned.when(shop::cancel{noon}).then_rejected(rejection::already_returned);
  returned.when(shop::send_back{noon}).then_rejected(rejection::already_returned);
}

TEST(Order, IsShippedAndDeliveredOnce) {
  given<order>(placed{head}, shop::shipped{noon})
      .when(shop::ship{noon})
      .then_rejected(rejection::already_shipped);
  given<order>(placed{head}).when(shop::deliver{noon}).then_rejected(rejection::not_shipped);
  given<order>(placed{head}, shop::shipped{noon}, shop::delivered{noon})
      .when(shop::deliver{noon})
      .then_rejected(rejection::already_delivered);
}

TEST(Order, OfACancellationCannotBeShippedOrCancelled) {
  const auto back = given<order>(shop::cancellation_issued{head});
  back.when(shop::ship{noon}).then_rejected(rejection::not_a_sale);
  back.when(shop::cancel{noon}).then_rejected(rejection::not_a_sale);
}

TEST(InvoiceKind, StandsInTheNumber) {
  EXPECT_EQ(shop::kind_of("536365"), invoice_kind::order);
  EXPECT_EQ(shop::kind_of("C536379"), invoice_kind::cancellation);
  EXPECT_EQ(shop::kind_of("A563185"), invoice_kind::adjustment);
  EXPECT_EQ(shop::kind_of("c1"), invoice_kind::order);
  EXPECT_EQ(shop::kind_of(""), invoice_kind::order);
}

}  // namespace

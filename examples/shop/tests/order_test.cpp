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
using shop::payment_refusal;
using shop::payment_requested;
using shop::placed;
using shop::reversal_requested;
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

const heading at_noon{"17850", "United Kingdom", noon};
constexpr std::int64_t price = 6 * 3'390;
const payment_requested asked{"17850", price, morning, 15min};
/// What is to be done about `paid_order` when it is undone at noon.
const reversal_requested undone{at_noon, {lantern}, price};

template <class... Facts> auto paid_order(const Facts&... later) {
  return given<order>(placed{head},
                      line_booked{invoice_kind::order, head, lantern},
                      asked,
                      shop::confirmed{price, morning},
                      later...);
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
                   6 * 3'390 + 8 * 2'750,
                   {}});
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
  given<order>().when(shop::place{head, {huge}, 15min}).then_rejected(rejection::line_out_of_range);
}

TEST(Order, IsPlacedWithAllLinesOfACart) {
  given<order>()
      .when(shop::place{head, {lantern, hanger}, 15min})
      .then(placed{head},
            line_booked{invoice_kind::order, head, lantern},
            line_booked{invoice_kind::order, head, hanger},
            payment_requested{"17850", 6 * 3'390 + 8 * 2'750, morning, 15min});
}

TEST(Order, IsPlacedOnce) {
  given<order>(placed{head})
      .when(shop::place{head, {lantern}, 15min})
      .then_rejected(rejection::already_placed);
}

TEST(Order, IsNotPlacedWithoutGoodLines) {
  given<order>().when(shop::place{head, {}, 15min}).then_rejected(rejection::no_lines);
  given<order>()
      .when(shop::place{head, {with_quantity(lantern, 0)}, 15min})
      .then_rejected(rejection::quantity_not_positive);
  given<order>()
      .when(shop::place{head, {with_price(lantern, -1)}, 15min})
      .then_rejected(rejection::price_negative);
}

TEST(Order, IsShippedAndThenDelivered) {
  paid_order().when(shop::ship{noon}).then(shop::shipped{noon});
  given<order>(placed{head}, shop::shipped{morning})
      .when(shop::deliver{noon})
      .then(shop::delivered{noon});
}

TEST(Order, IsCancelledOnlyBeforeItIsShipped) {
  given<order>(placed{head})
      .when(shop::cancel{noon})
      .then(shop::cancelled{noon}, reversal_requested{at_noon, {}, 0});
  paid_order().when(shop::cancel{noon}).then(shop::cancelled{noon}, undone);
  given<order>(placed{head}, shop::shipped{morning})
      .when(shop::cancel{noon})
      .then_rejected(rejection::already_shipped);
  given<order>(placed{head}, shop::shipped{morning}, shop::delivered{morning})
      .when(shop::cancel{noon})
      .then_rejected(rejection::already_delivered);
}

TEST(Order, IsSentBackOnlyAfterItIsShipped) {
  given<order>(placed{head}).when(shop::send_back{noon}).then_rejected(rejection::not_shipped);
  paid_order().when(shop::send_back{noon}).then_rejected(rejection::not_shipped);
  paid_order(shop::shipped{morning}).when(shop::send_back{noon}).then(shop::returned{noon}, undone);
  paid_order(shop::shipped{morning}, shop::delivered{morning})
      .when(shop::send_back{noon})
      .then(shop::returned{noon}, undone);
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

TEST(Order, IsNotShippedBeforeItIsPaid) {
  given<order>(placed{head}, line_booked{invoice_kind::order, head, lantern}, asked)
      .when(shop::ship{noon})
      .then_rejected(rejection::not_paid);
  // A line was added since.
  paid_order(line_booked{invoice_kind::order, head, hanger})
      .when(shop::ship{noon})
      .then_rejected(rejection::not_paid);
}

TEST(Order, AsksForWhatItHasNotAskedForYet) {
  const auto booked = given<order>(placed{head}, line_booked{invoice_kind::order, head, lantern});
  booked.when(shop::request_payment{}).then(payment_requested{"17850", price, morning, 0s});
  paid_order(line_booked{invoice_kind::order, head, hanger})
      .when(shop::request_payment{})
      .then(payment_requested{"17850", 8 * 2'750, morning, 0s});
}

TEST(Order, AsksForNothingTwice) {
  paid_order().when(shop::request_payment{}).then_nothing();
  paid_order(shop::cancelled{noon}).when(shop::request_payment{}).then_nothing();
  given<order>().when(shop::request_payment{}).then_rejected(rejection::not_placed);
}

TEST(Order, ThatCostsNothingIsConfirmedAtOnce) {
  const line free = with_price(lantern, 0);
  given<order>(placed{head}, line_booked{invoice_kind::order, head, free})
      .when(shop::request_payment{})
      .then(payment_requested{"17850", 0, morning, 0s}, shop::confirmed{0, morning});
}

TEST(Order, OfNobodyIsPaidInCash) {
  const heading nobody{"", "EIRE", morning};
  given<order>(placed{nobody}, line_booked{invoice_kind::order, nobody, lantern})
      .when(shop::request_payment{})
      .then(payment_requested{"cash", price, morning, 0s});
}

TEST(Order, IsConfirmedOnceItIsPaid) {
  given<order>(placed{head}, line_booked{invoice_kind::order, head, lantern}, asked)
      .when(shop::confirm{price, morning})
      .then(shop::confirmed{price, morning});
  paid_order().when(shop::confirm{price, morning}).then_rejected(rejection::not_asked_for);
  given<order>(placed{head}, asked, shop::cancelled{noon})
      .when(shop::confirm{price, morning})
      .then_rejected(rejection::already_cancelled);
}

TEST(Order, WithADeadlineIsCancelledWhenItIsNotPaid) {
  given<order>(placed{head}, line_booked{invoice_kind::order, head, lantern}, asked)
      .when(shop::refuse_payment{price, payment_refusal::overdrawn, noon})
      .then(shop::payment_refused{price, payment_refusal::overdrawn, noon},
            shop::cancelled{noon},
            reversal_requested{at_noon, {lantern}, 0});
}

TEST(Order, WithoutADeadlineStaysOnTheBooksUnpaid) {
  const payment_requested delivered_long_ago{"17850", price, morning, 0s};
  const auto booked = given<order>(
      placed{head}, line_booked{invoice_kind::order, head, lantern}, delivered_long_ago);
  booked.when(shop::refuse_payment{price, payment_refusal::no_account, noon})
      .then(shop::payment_refused{price, payment_refusal::no_account, noon});
}

TEST(Order, IsNotRefusedOnceItIsPaid) {
  paid_order()
      .when(shop::refuse_payment{price, payment_refusal::too_late, noon})
      .then_rejected(rejection::not_asked_for);
}

TEST(Order, IsTakenOffTheBooksByAnInvoiceThatGivesBackWhatWasPaid) {
  given<order>()
      .when(shop::reverse{at_noon, {lantern}, price})
      .then(shop::cancellation_issued{at_noon},
            line_booked{invoice_kind::cancellation, at_noon, with_quantity(lantern, -6)},
            payment_requested{"17850", -price, noon, 0s});
  given<order>()
      .when(shop::reverse{at_noon, {lantern}, 0})
      .then(shop::cancellation_issued{at_noon},
            line_booked{invoice_kind::cancellation, at_noon, with_quantity(lantern, -6)},
            payment_requested{"17850", 0, noon, 0s},
            shop::confirmed{0, noon});
  paid_order()
      .when(shop::reverse{at_noon, {lantern}, price})
      .then_rejected(rejection::kind_differs);
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

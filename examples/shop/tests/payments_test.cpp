#include "shop/app/payments.hpp"

#include "shop/app/store.hpp"
#include "shop/domain/account.hpp"
#include "shop/domain/cart.hpp"
#include "shop/domain/order.hpp"
#include "shop/process_managers/payment.hpp"
#include "shop/process_managers/payment_deadline.hpp"

#include "cairn/interceptor.hpp"
#include "cairn/testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cairn/cairn.hpp>
#include <chrono>
#include <memory>
#include <string>

// The stories of a payment, in a shop that is open.

namespace {

using namespace shop;
using namespace std::chrono_literals;

constexpr business_time noon{1'291'204'800s};
const heading head{"ann", "EIRE", noon};
const line lantern{1, "71053", "", 2, 3'000};
constexpr std::int64_t price = 6'000;

/// While it is closed, no account can be asked.
class counter_of_accounts final : public cairn::interceptor {
 public:
  std::atomic<bool> is_open{true};

  cairn::result<void> before(cairn::intercepted_command& wish) override {
    if (is_open || wish.aggregate_type != account::stable_name) return {};
    return cairn::error{cairn::error::code::unavailable, "the accounts are closed"};
  }
};

class Payments : public ::testing::Test {
 protected:
  void SetUp() override {
    cairn::config settings;
    settings.in_memory = true;
    auto parts = make_builder(settings);
    parts.time_from(time).intercept(accounts);
    auto started = parts.start();
    ASSERT_TRUE(started) << cairn::describe(started.error());
    app = std::make_unique<cairn::runtime>(*std::move(started));
  }

  void send(const std::string& id, const order::command& wish) {
    ASSERT_NE(app->aggregate<order>(id).ask(wish).accepted(), nullptr);
  }
  void send(const std::string& id, const account::command& wish) {
    ASSERT_NE(app->aggregate<account>(id).ask(wish).accepted(), nullptr);
  }
  void settle() {
    const auto done = settle_payments(*app);
    ASSERT_TRUE(done) << cairn::describe(done.error());
  }
  order::state order_now(const std::string& id) { return app->aggregate<order>(id).state()->state; }
  std::int64_t balance() { return app->aggregate<account>("ann").state()->state.balance_mils; }

  std::shared_ptr<cairn::testing::manual_clock> time =
      std::make_shared<cairn::testing::manual_clock>();
  std::shared_ptr<counter_of_accounts> accounts = std::make_shared<counter_of_accounts>();
  std::unique_ptr<cairn::runtime> app;
};

TEST_F(Payments, OfAnOrderAreMadeByTheAccount) {
  send("ann", open_account{price});
  send("W1", place{head, {lantern}, 15min});
  settle();
  EXPECT_EQ(order_now("W1").stage, order_stage::confirmed);
  EXPECT_EQ(payment_text(order_now("W1")), "6.00 paid by account ann");
  EXPECT_EQ(balance(), -price);
}

TEST_F(Payments, OfACartThatIsCheckedOutAreMadeAsWell) {
  send("ann", open_account{price});
  const auto mine = app->aggregate<cart>("ann");
  ASSERT_NE(mine.ask(add_item{"71053", 2, 3'000}).accepted(), nullptr);
  ASSERT_NE(mine.ask(check_out{"EIRE", noon}).accepted(), nullptr);
  settle();
  EXPECT_EQ(order_now("Wann-1").stage, order_stage::confirmed);
  EXPECT_EQ(order_now("Wann-1").head, head);
  EXPECT_EQ(balance(), -price);
}

TEST_F(Payments, ThatTheAccountCannotMakeCancelTheOrder) {
  send("ann", open_account{price - 1});
  send("W1", place{head, {lantern}, 15min});
  settle();
  EXPECT_EQ(order_now("W1").stage, order_stage::cancelled);
  EXPECT_EQ(payment_text(order_now("W1")),
            "refused: the balance and the credit line do not suffice");
  EXPECT_EQ(balance(), 0);
  EXPECT_EQ(order_now("C-W1").total_mils, -price) << "it is off the books";
  EXPECT_EQ(order_now("C-W1").stage, order_stage::confirmed) << "and nothing is paid back";
}

TEST_F(Payments, SucceedOnceTheAccountHasBeenCredited) {
  send("ann", open_account{0});
  send("W1", place{head, {lantern}, 15min});
  settle();
  EXPECT_EQ(order_now("W1").stage, order_stage::cancelled);
  send("ann", credit{price, "paid in"});
  send("W2", place{head, {lantern}, 15min});
  settle();
  EXPECT_EQ(order_now("W2").stage, order_stage::confirmed);
  EXPECT_EQ(balance(), 0);
}

TEST_F(Payments, ByNobodyThatHasAnAccountCancelTheOrder) {
  send("W1", place{head, {lantern}, 15min});
  settle();
  EXPECT_EQ(payment_text(order_now("W1")), "refused: there is no such account");
}

TEST_F(Payments, ThatComeTooLateAreGivenBack) {
  send("ann", open_account{price});
  accounts->is_open = false;
  send("W1", place{head, {lantern}, 15min});
  time->advance(14min);
  ASSERT_TRUE(app->process_manager<payment_deadline>().settle(60s));
  EXPECT_EQ(payment_text(order_now("W1")), "6.00 awaited from account ann");
  time->advance(1min);
  ASSERT_TRUE(app->process_manager<payment_deadline>().settle(60s));
  EXPECT_EQ(order_now("W1").stage, order_stage::cancelled);
  EXPECT_EQ(payment_text(order_now("W1")), "refused: it was not paid in time");

  accounts->is_open = true;
  time->advance(1min);
  settle();
  const auto history = app->aggregate<account>("ann").history();
  ASSERT_TRUE(history);
  ASSERT_EQ(history->size(), 3U) << "opened, debited, credited";
  EXPECT_EQ(balance(), 0);
  EXPECT_EQ(order_now("W1").bill.paid_mils, 0);
  EXPECT_EQ(order_now("C-W1").stage, order_stage::confirmed);
}

TEST_F(Payments, AreGivenBackWhenAPaidOrderIsCancelledOrSentBack) {
  send("ann", open_account{2 * price});
  send("W1", place{head, {lantern}, 15min});
  send("W2", place{head, {lantern}, 15min});
  settle();
  EXPECT_EQ(balance(), -2 * price);
  send("W1", cancel{noon});
  send("W2", ship{noon});
  send("W2", send_back{noon});
  settle();
  EXPECT_EQ(balance(), 0);
  EXPECT_EQ(payment_text(order_now("C-W1")), "6.00 paid back to account ann");
  EXPECT_EQ(payment_text(order_now("C-W2")), "6.00 paid back to account ann");
}

TEST_F(Payments, OfAnInvoiceWithoutADeadlineWaitForEver) {
  send("ann", open_account{price});
  accounts->is_open = false;
  send("536365", book_line{invoice_kind::order, head, lantern});
  send("536365", request_payment{});
  time->advance(24h);
  ASSERT_TRUE(app->process_manager<payment_deadline>().settle(60s));
  EXPECT_EQ(order_now("536365").stage, order_stage::placed);
  accounts->is_open = true;
  time->advance(1min);
  settle();
  EXPECT_EQ(order_now("536365").stage, order_stage::confirmed);
  EXPECT_EQ(balance(), -price);
}

}  // namespace

#pragma once

#include "shop/domain/account.hpp"
#include "shop/domain/order.hpp"

#include "cairn/process_manager.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace shop {

/// The number of the invoice that takes another one off the books.
[[nodiscard]] inline std::string reversal_number(std::string_view invoice) {
  return "C-" + std::string{invoice};
}

/// Has each invoice paid: the account is debited, or credited when money is to be given back, and
/// the order confirmed; or it is told why not. When the order does not take the confirmation any
/// more, since it was cancelled meanwhile, the money goes back. And an order that was cancelled or
/// sent back is taken off the books, by an invoice of its own that is paid in the same way.
///
/// One instance for each order with something to pay, until it is confirmed or refused. Each
/// command takes effect once, whatever crashes.
struct payment {
  static constexpr std::string_view stable_name = "shop.payment";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<
      cairn::some_of<order, payment_requested, confirmed, payment_refused, reversal_requested>>;
  using targets = cairn::targets<order, account>;
  using reactions = cairn::reactions<payment>;

  /// What is being paid.
  struct state {
    std::string account;
    std::int64_t amount_mils = 0;
    business_time time{};

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, account, amount_mils, time);
    }
  };

  static cairn::route route(const cairn::recorded<payment_requested>& fact) {
    // Then it is confirmed already.
    if (fact->amount_mils == 0) return cairn::ignores();
    return cairn::starts(fact.meta.aggregate_id);
  }
  static cairn::route route(const cairn::recorded<confirmed>& fact) {
    return cairn::ends(fact.meta.aggregate_id);
  }
  static cairn::route route(const cairn::recorded<payment_refused>& fact) {
    return cairn::ends(fact.meta.aggregate_id);
  }
  static cairn::route route(const cairn::recorded<reversal_requested>& fact) {
    return cairn::starts(fact.meta.aggregate_id);
  }

  static void on(state& now, const cairn::recorded<payment_requested>& fact, reactions& then) {
    now = {fact->account, fact->amount_mils, fact->time};
    const std::string invoice{then.instance()};
    move_money(now.account, now.amount_mils, invoice, then);
    then.send<order>(invoice, confirm{now.amount_mils, now.time});
  }
  static void on(state& /*now*/, const cairn::recorded<confirmed>& /*fact*/, reactions& /*then*/) {}
  static void on(state& /*now*/,
                 const cairn::recorded<payment_refused>& /*fact*/,
                 reactions& /*then*/) {}
  static void on(state& /*now*/, const cairn::recorded<reversal_requested>& fact, reactions& then) {
    then.send<order>(reversal_number(then.instance()),
                     reverse{fact->head, fact->lines, fact->paid_mils});
    then.end();
  }

  static void on_rejected(state& now,
                          const cairn::rejected_command<account>& what,
                          reactions& then) {
    if (is_given_back(what.command, now)) {
      // The customer's balance is as high as any may be: until somebody has drawn from it.
      return then.retry(give_back_again_after);
    }
    then.drop_pending();
    then.send<order>(std::string{then.instance()},
                     refuse_payment{now.amount_mils, refusal_of(what.why), now.time});
  }

  static void on_rejected(state& now, const cairn::rejected_command<order>& what, reactions& then) {
    // A refusal that is refused: the order was cancelled first.
    if (!std::holds_alternative<confirm>(what.command)) return;
    move_money(now.account, -now.amount_mils, late(then.instance()), then);
  }

  static constexpr std::chrono::hours give_back_again_after{1};

 private:
  static std::string late(std::string_view invoice) { return "too late: " + std::string{invoice}; }

  static void move_money(const std::string& id,
                         std::int64_t amount_mils,
                         const std::string& reason,
                         reactions& then) {
    if (amount_mils > 0) return then.send<account>(id, debit{amount_mils, reason});
    then.send<account>(id, credit{-amount_mils, reason});
  }

  /// Whether a command gives back what came too late.
  static bool is_given_back(const account::command& what, const state& now) {
    return now.amount_mils > 0 ? std::holds_alternative<credit>(what)
                               : std::holds_alternative<debit>(what);
  }

  static payment_refusal refusal_of(account::rejection why) {
    switch (why) {
      case account::rejection::overdrawn: return payment_refusal::overdrawn;
      case account::rejection::not_open: return payment_refusal::no_account;
      case account::rejection::already_open:
      case account::rejection::credit_line_negative:
      case account::rejection::amount_not_positive:
      case account::rejection::amount_too_large: return payment_refusal::amount_too_large;
    }
    return payment_refusal::amount_too_large;
  }
};

}  // namespace shop

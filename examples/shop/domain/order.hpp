#pragma once

#include "shop/domain/bill.hpp"
#include "shop/domain/order_commands.hpp"
#include "shop/domain/order_events.hpp"
#include "shop/domain/order_stage.hpp"
#include "shop/domain/payment_commands.hpp"
#include "shop/domain/payment_events.hpp"

#include "cairn/aggregate.hpp"
#include "cairn/assert.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shop {

/// An invoice: a sale that is placed, confirmed once it is paid, and then shipped, delivered,
/// cancelled or returned; or a cancellation or an adjustment, which have lines and a payment only.
/// Its id is the invoice's number.
struct order {
  static constexpr std::string_view stable_name = "shop.order";

  using stage = order_stage;

  struct state {
    invoice_kind kind{};
    order_stage stage{};
    heading head;
    std::vector<line> lines;
    std::int64_t units = 0;
    std::int64_t total_mils = 0;
    shop::bill bill;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, kind, stage, head, lines, units, total_mils, bill);
    }
  };

  enum class rejection : std::uint8_t {
    already_placed,
    no_lines,
    line_out_of_range,
    quantity_not_positive,
    price_negative,
    kind_differs,
    not_a_sale,
    not_placed,
    not_paid,
    not_asked_for,
    already_shipped,
    not_shipped,
    already_delivered,
    already_cancelled,
    already_returned,
  };

  using command = std::variant<book_line,
                               place,
                               ship,
                               deliver,
                               cancel,
                               send_back,
                               request_payment,
                               confirm,
                               refuse_payment,
                               reverse>;
  using event = std::variant<placed,
                             cancellation_issued,
                             adjustment_issued,
                             line_booked,
                             payment_requested,
                             confirmed,
                             payment_refused,
                             reversal_requested,
                             shipped,
                             delivered,
                             cancelled,
                             returned>;
  using decision = cairn::decision<event, rejection>;

  // What was invoiced has happened, in whatever stage the order is meanwhile. Only a line that no
  // invoice can have is refused.
  static decision decide(const state& now, const book_line& wish) {
    if (!is_in_range(wish.what)) return rejection::line_out_of_range;
    const line_booked booked{wish.kind, wish.head, wish.what};
    if (now.stage == stage::none) return {first_event(wish.kind, wish.head), booked};
    if (wish.kind != now.kind) return rejection::kind_differs;
    return booked;
  }

  static decision decide(const state& now, const place& wish) {
    if (now.stage != stage::none) return rejection::already_placed;
    if (wish.lines.empty()) return rejection::no_lines;
    std::vector<event> facts{placed{wish.head}};
    std::int64_t total_mils = 0;
    for (const line& one : wish.lines) {
      if (!is_in_range(one)) return rejection::line_out_of_range;
      if (one.quantity <= 0) return rejection::quantity_not_positive;
      if (one.unit_price_mils < 0) return rejection::price_negative;
      facts.emplace_back(line_booked{invoice_kind::order, wish.head, one});
      total_mils += one.total_mils();
    }
    ask_for(total_mils, wish.head, wish.pay_within, facts);
    return facts;
  }

  // The invoice that takes another one off the books is written as often as it is asked for: what
  // asks for it has a command id.
  static decision decide(const state& now, const reverse& wish) {
    const bool is_new = now.stage == stage::none;
    if (!is_new && now.kind != invoice_kind::cancellation) return rejection::kind_differs;
    std::vector<event> facts;
    if (is_new) facts.emplace_back(cancellation_issued{wish.head});
    for (line one : wish.lines) {
      one.quantity = -one.quantity;
      facts.emplace_back(line_booked{invoice_kind::cancellation, wish.head, one});
    }
    ask_for(-wish.paid_mils, wish.head, {}, facts);
    return facts;
  }

  static decision decide(const state& now, const request_payment& /*wish*/) {
    if (now.stage == stage::none) return rejection::not_placed;
    if (is_over(now)) return {};
    const std::int64_t due_mils = now.total_mils - now.bill.asked_mils;
    const bool is_asked_for = now.stage != stage::placed || now.bill.open_requests > 0;
    if (due_mils == 0 && is_asked_for) return {};
    std::vector<event> facts;
    ask_for(due_mils, now.head, {}, facts);
    return facts;
  }

  static decision decide(const state& now, const confirm& wish) {
    if (const auto no = refusal_of_payment(now)) return *no;
    return confirmed{wish.amount_mils, wish.time};
  }

  static decision decide(const state& now, const refuse_payment& wish) {
    if (const auto no = refusal_of_payment(now)) return *no;
    const payment_refused refused{wish.amount_mils, wish.why, wish.time};
    // What has no deadline was delivered long ago: it stays on the books, unpaid.
    if (now.bill.within.count() == 0) return refused;
    return {refused, cancelled{wish.time}, reversal_of(now, wish.time)};
  }

  static decision decide(const state& now, const ship& wish) {
    switch (now.stage) {
      case stage::none: return rejection::not_placed;
      case stage::placed:
        return now.kind == invoice_kind::order ? rejection::not_paid : rejection::not_a_sale;
      case stage::confirmed: break;
      case stage::shipped: return rejection::already_shipped;
      case stage::delivered: return rejection::already_delivered;
      case stage::cancelled: return rejection::already_cancelled;
      case stage::returned: return rejection::already_returned;
    }
    if (now.kind != invoice_kind::order) return rejection::not_a_sale;
    return shipped{wish.time};
  }

  static decision decide(const state& now, const deliver& wish) {
    switch (now.stage) {
      case stage::none: return rejection::not_placed;
      case stage::placed:
      case stage::confirmed: return rejection::not_shipped;
      case stage::shipped: return delivered{wish.time};
      case stage::delivered: return rejection::already_delivered;
      case stage::cancelled: return rejection::already_cancelled;
      case stage::returned: return rejection::already_returned;
    }
    CAIRN_UNREACHABLE();
  }

  static decision decide(const state& now, const cancel& wish) {
    switch (now.stage) {
      case stage::none: return rejection::not_placed;
      case stage::placed:
      case stage::confirmed: break;
      case stage::shipped: return rejection::already_shipped;
      case stage::delivered: return rejection::already_delivered;
      case stage::cancelled: return rejection::already_cancelled;
      case stage::returned: return rejection::already_returned;
    }
    if (now.kind != invoice_kind::order) return rejection::not_a_sale;
    return {cancelled{wish.time}, reversal_of(now, wish.time)};
  }

  static decision decide(const state& now, const send_back& wish) {
    switch (now.stage) {
      case stage::none: return rejection::not_placed;
      case stage::placed:
      case stage::confirmed: return rejection::not_shipped;
      case stage::shipped:
      case stage::delivered: return {returned{wish.time}, reversal_of(now, wish.time)};
      case stage::cancelled: return rejection::already_cancelled;
      case stage::returned: return rejection::already_returned;
    }
    CAIRN_UNREACHABLE();
  }

  static void evolve(state& now, const placed& fact) { begin(now, invoice_kind::order, fact.head); }
  static void evolve(state& now, const cancellation_issued& fact) {
    begin(now, invoice_kind::cancellation, fact.head);
  }
  static void evolve(state& now, const adjustment_issued& fact) {
    begin(now, invoice_kind::adjustment, fact.head);
  }
  static void evolve(state& now, const line_booked& fact) {
    now.lines.push_back(fact.what);
    now.units += fact.what.quantity;
    now.total_mils += fact.what.total_mils();
    // There is more to be paid.
    if (now.stage == stage::confirmed) now.stage = stage::placed;
  }
  static void evolve(state& now, const payment_requested& fact) { now.bill.add(fact); }
  static void evolve(state& now, const confirmed& fact) {
    now.bill.add(fact);
    if (now.stage != stage::placed) return;
    if (now.bill.is_settled(now.kind, now.total_mils)) now.stage = stage::confirmed;
  }
  static void evolve(state& now, const payment_refused& fact) { now.bill.add(fact); }
  static void evolve(state& /*now*/, const reversal_requested& /*fact*/) {}
  static void evolve(state& now, const shipped& /*fact*/) { now.stage = stage::shipped; }
  static void evolve(state& now, const delivered& /*fact*/) { now.stage = stage::delivered; }
  static void evolve(state& now, const cancelled& /*fact*/) { now.stage = stage::cancelled; }
  static void evolve(state& now, const returned& /*fact*/) { now.stage = stage::returned; }

 private:
  static event first_event(invoice_kind kind, const heading& head) {
    switch (kind) {
      case invoice_kind::order: return placed{head};
      case invoice_kind::cancellation: return cancellation_issued{head};
      case invoice_kind::adjustment: return adjustment_issued{head};
    }
    CAIRN_UNREACHABLE();
  }

  static void begin(state& now, invoice_kind kind, const heading& head) {
    now.kind = kind;
    now.stage = stage::placed;
    now.head = head;
  }

  /// Nothing to pay is paid at once.
  static void ask_for(std::int64_t amount_mils,
                      const heading& head,
                      std::chrono::seconds within,
                      std::vector<event>& into) {
    into.emplace_back(payment_requested{account_of(head.customer), amount_mils, head.time, within});
    if (amount_mils == 0) into.emplace_back(confirmed{0, head.time});
  }

  [[nodiscard]] static bool is_over(const state& now) {
    return now.stage == stage::cancelled || now.stage == stage::returned;
  }

  /// Why nothing can be said about a payment, if so.
  static std::optional<rejection> refusal_of_payment(const state& now) {
    if (now.stage == stage::none) return rejection::not_placed;
    if (now.stage == stage::cancelled) return rejection::already_cancelled;
    if (now.stage == stage::returned) return rejection::already_returned;
    if (now.bill.open_requests == 0) return rejection::not_asked_for;
    return std::nullopt;
  }

  static reversal_requested reversal_of(const state& now, business_time time) {
    heading head = now.head;
    head.time = time;
    return {std::move(head), now.lines, now.bill.paid_mils};
  }
};

}  // namespace shop

// 1: with a bill.
BOOST_CLASS_VERSION(shop::order::state, 1)

#pragma once

#include "shop/domain/order.hpp"

#include "cairn/process_manager.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace shop {

/// Refuses the payment of an order that is not paid in time, which cancels the order.
///
/// It is a process manager of its own, and not a timer of `payment`: an instance takes its next
/// event or timer once its commands are answered, and what this one waits for is that the other's
/// command is not. The order decides which of the two came first.
struct payment_deadline {
  static constexpr std::string_view stable_name = "shop.payment_deadline";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<
      cairn::some_of<order, payment_requested, confirmed, payment_refused, cancelled>>;
  using targets = cairn::targets<order>;
  using reactions = cairn::reactions<payment_deadline>;

  struct state {
    std::int64_t amount_mils = 0;
    /// In the shop's calendar.
    business_time deadline{};

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, amount_mils, deadline);
    }
  };

  static cairn::route route(const cairn::recorded<payment_requested>& fact) {
    if (fact->within.count() == 0) return cairn::ignores();
    return cairn::starts(fact.meta.aggregate_id);
  }
  template <class Event> static cairn::route route(const cairn::recorded<Event>& fact) {
    return cairn::ends(fact.meta.aggregate_id);
  }

  static void on(state& now, const cairn::recorded<payment_requested>& fact, reactions& then) {
    now = {fact->amount_mils, fact->time + fact->within};
    then.set_timer("unpaid", fact->within);
  }
  template <class Event>
  static void on(state& /*now*/, const cairn::recorded<Event>& /*fact*/, reactions& /*then*/) {}

  static void on_timer(state& now,
                       std::string_view /*name*/,
                       cairn::timestamp /*due*/,
                       reactions& then) {
    then.send<order>(std::string{then.instance()},
                     refuse_payment{now.amount_mils, payment_refusal::too_late, now.deadline});
  }

  /// It was paid or cancelled in that moment: the event that says so ends the instance.
  static void on_rejected(state& /*now*/,
                          const cairn::rejected_command<order>& /*what*/,
                          reactions& /*then*/) {}
};

}  // namespace shop

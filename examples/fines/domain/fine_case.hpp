#pragma once

#include "fines/domain/case_commands.hpp"
#include "fines/domain/case_events.hpp"
#include "fines/domain/standing.hpp"

#include "cairn/aggregate.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace fines {

/// The case of one fine: from its creation to the payment, or to credit collection. Its id is the
/// case's name in the log.
struct fine_case {
  static constexpr std::string_view stable_name = "fines.case";

  struct state {
    standing now;
    /// What was recorded last, with its `seq`. Time travel reads it.
    entry latest;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, now, latest);
    }
  };

  enum class rejection : std::uint8_t {
    created_already,
    no_such_case,
    done_already,
    too_early,
    date_before_last,
    amount_not_positive,
    amount_out_of_range,
    more_than_outstanding,
    nothing_outstanding,
    penalty_not_higher,
  };

  using command = std::variant<create_fine,
                               send_fine,
                               insert_notification,
                               add_penalty,
                               pay,
                               appeal,
                               send_to_collection,
                               take_over>;
  using event = case_event;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& state, const create_fine& wish) {
    if (state.now.entries > 0) return rejection::created_already;
    if (wish.amount_cents <= 0) return rejection::amount_not_positive;
    if (wish.amount_cents > amount_cents_max) return rejection::amount_out_of_range;
    fine_created fact;
    fact.at.date = wish.date;
    fact.amount_cents = wish.amount_cents;
    fact.article = wish.article;
    fact.vehicle_class = wish.vehicle_class;
    return fact;
  }

  static decision decide(const state& state, const send_fine& wish) {
    if (const auto no = refusal(state.now, step::send_fine, step::create_fine, wish.date)) {
      return *no;
    }
    if (wish.expense_cents < 0 || wish.expense_cents > amount_cents_max) {
      return rejection::amount_out_of_range;
    }
    return fine_sent{{wish.date}, wish.expense_cents};
  }

  static decision decide(const state& state, const insert_notification& wish) {
    if (const auto no = refusal(state.now, step::insert_notification, step::send_fine, wish.date)) {
      return *no;
    }
    return notification_inserted{{wish.date}, {}, {}};
  }

  static decision decide(const state& state, const add_penalty& wish) {
    const standing& now = state.now;
    if (const auto no = refusal(now, step::add_penalty, step::insert_notification, wish.date)) {
      return *no;
    }
    const auto due = now.penalty_due();
    if (!due) return rejection::nothing_outstanding;
    if (wish.date < *due) return rejection::too_early;
    if (wish.amount_cents > amount_cents_max) return rejection::amount_out_of_range;
    if (wish.amount_cents <= now.amount_cents) return rejection::penalty_not_higher;
    return penalty_added{{wish.date}, wish.amount_cents};
  }

  static decision decide(const state& state, const pay& wish) {
    const standing& now = state.now;
    if (now.entries == 0) return rejection::no_such_case;
    if (wish.date < now.last) return rejection::date_before_last;
    if (wish.amount_cents <= 0) return rejection::amount_not_positive;
    if (wish.amount_cents > now.outstanding_cents().value_or(0)) {
      return rejection::more_than_outstanding;
    }
    return payment_received{{wish.date}, wish.amount_cents, {}};
  }

  static decision decide(const state& state, const appeal& wish) {
    const auto refused = [&](activity what, activity before) {
      return refusal(state.now, what, before, wish.date);
    };
    const happening at{wish.date};
    switch (wish.step) {
      case appeal_step::dated:
        if (const auto no = refused(step::date_appeal, step::send_fine)) return *no;
        return appeal_dated{at};
      case appeal_step::sent:
        if (const auto no = refused(step::send_appeal, step::date_appeal)) return *no;
        return appeal_sent{at, {}};
      case appeal_step::result_received:
        if (const auto no = refused(step::receive_appeal_result, step::send_appeal)) return *no;
        return appeal_result_received{at};
      case appeal_step::result_notified:
        if (const auto no = refused(step::notify_appeal_result, step::receive_appeal_result)) {
          return *no;
        }
        return appeal_result_notified{at};
      case appeal_step::to_judge:
        if (const auto no = refused(step::appeal_to_judge, step::insert_notification)) return *no;
        return judge_appealed_to{at, {}, {}, {}};
    }
    return cairn::unhandled;
  }

  static decision decide(const state& state, const send_to_collection& wish) {
    if (const auto no =
            refusal(state.now, step::send_to_collection, step::add_penalty, wish.date)) {
      return *no;
    }
    if (!state.now.owes()) return rejection::nothing_outstanding;
    return sent_to_collection{{wish.date}};
  }

  static decision decide(const state& /*state*/, const take_over& wish) {
    const entry one = entry_of(wish.fact);
    for (const auto& cents :
         {one.amount_cents, one.expense_cents, one.payment_cents, one.recorded_total_cents}) {
      if (cents && !is_within(*cents, amount_cents_max)) return rejection::amount_out_of_range;
    }
    return wish.fact;
  }

  static void evolve(state& state, const fine_created& fact) { record(state, fact); }
  static void evolve(state& state, const fine_sent& fact) { record(state, fact); }
  static void evolve(state& state, const notification_inserted& fact) { record(state, fact); }
  static void evolve(state& state, const penalty_added& fact) { record(state, fact); }
  static void evolve(state& state, const payment_received& fact) { record(state, fact); }
  static void evolve(state& state, const appeal_dated& fact) { record(state, fact); }
  static void evolve(state& state, const appeal_sent& fact) { record(state, fact); }
  static void evolve(state& state, const appeal_result_received& fact) { record(state, fact); }
  static void evolve(state& state, const appeal_result_notified& fact) { record(state, fact); }
  static void evolve(state& state, const judge_appealed_to& fact) { record(state, fact); }
  static void evolve(state& state, const sent_to_collection& fact) { record(state, fact); }

 private:
  using step = activity;

  /// Why `what`, which may happen once and only after `before`, cannot happen on this day.
  static std::optional<rejection> refusal(const standing& now,
                                          activity what,
                                          activity before,
                                          calendar_day date) {
    if (now.entries == 0) return rejection::no_such_case;
    if (now.has(what)) return rejection::done_already;
    if (!now.has(before)) return rejection::too_early;
    if (date < now.last) return rejection::date_before_last;
    return std::nullopt;
  }

  template <class Fact> static void record(state& state, const Fact& fact) {
    state.latest = state.now.add(entry_of(fact));
  }
};

}  // namespace fines

#pragma once

#include "fines/domain/activity.hpp"
#include "fines/domain/entry.hpp"
#include "fines/domain/money.hpp"

#include "cairn/fields.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace fines {

/// How long after the notification a fine may be paid without a penalty.
inline constexpr std::chrono::days penalty_after{60};

/// Where a case stands after some entries. The aggregate, the read models and time travel all
/// compute it with `add`, so that they cannot disagree; and it does not depend on the order in
/// which the entries came, since rows of a log may come in another order than that of `seq`.
struct standing {
  std::uint64_t entries = 0;
  calendar_day first = calendar_day::max();
  calendar_day last = calendar_day::min();
  /// Of the entry with the highest `seq`; of equals the one that came later.
  std::uint64_t newest_seq = 0;
  activity newest{};
  /// Of the fine's creation.
  std::optional<std::int64_t> initial_cents = {};
  /// Of the entry with the highest `seq` that says one.
  std::optional<std::int64_t> amount_cents = {};
  std::uint64_t amount_seq = 0;
  std::int64_t expense_cents = 0;
  std::int64_t paid_cents = 0;
  std::uint64_t payments = 0;
  /// The last day on which a notification was inserted.
  std::optional<calendar_day> notified = {};
  /// One bit for each activity.
  std::uint32_t seen = 0;

  [[nodiscard]] bool has(activity what) const noexcept { return (seen & bit(what)) != 0; }

  /// What is still to be paid; negative when too much was. Nothing while no amount is known.
  [[nodiscard]] std::optional<std::int64_t> outstanding_cents() const {
    if (!amount_cents) return std::nullopt;
    return *amount_cents + expense_cents - paid_cents;
  }
  [[nodiscard]] bool owes() const { return outstanding_cents().value_or(0) > 0; }

  /// The first day on which a penalty may be added. Nothing when none is to be expected: nobody was
  /// notified, nothing is owed, or it was added already.
  [[nodiscard]] std::optional<calendar_day> penalty_due() const {
    if (!notified || !owes() || has(activity::add_penalty)) return std::nullopt;
    return *notified + penalty_after;
  }

  bool operator==(const standing&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  entries,
                  first,
                  last,
                  newest_seq,
                  newest,
                  initial_cents,
                  amount_cents,
                  amount_seq,
                  expense_cents,
                  paid_cents,
                  payments,
                  notified,
                  seen);
  }

  /// Takes `one` in, and returns it with the `seq` that it has: what did not come from the log
  /// comes after all others.
  entry add(entry one) {
    if (!one.at.is_from_log()) one.at.seq = newest_seq + 1;
    const std::uint64_t seq = one.at.seq;
    if (one.what == activity::create_fine && !has(one.what)) initial_cents = one.amount_cents;
    ++entries;
    first = std::min(first, one.at.date);
    last = std::max(last, one.at.date);
    if (seq >= newest_seq) {
      newest_seq = seq;
      newest = one.what;
    }
    if (one.amount_cents && seq >= amount_seq) {
      amount_seq = seq;
      amount_cents = one.amount_cents;
    }
    expense_cents += one.expense_cents.value_or(0);
    paid_cents += one.payment_cents.value_or(0);
    if (one.what == activity::payment) ++payments;
    if (one.what == activity::insert_notification) {
      notified = std::max(notified.value_or(one.at.date), one.at.date);
    }
    seen |= bit(one.what);
    return one;
  }

 private:
  static std::uint32_t bit(activity what) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(what);
  }
};

}  // namespace fines

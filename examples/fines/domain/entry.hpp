#pragma once

#include "fines/domain/activity.hpp"
#include "fines/domain/case_events.hpp"

#include "cairn/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace fines {

/// What all events of a case have in common: what happened, when, and which money it moved.
struct entry {
  happening at;
  activity what{};
  /// What is owed from now on, if it says so.
  std::optional<std::int64_t> amount_cents = {};
  std::optional<std::int64_t> expense_cents = {};
  std::optional<std::int64_t> payment_cents = {};
  std::optional<std::int64_t> recorded_total_cents = {};

  bool operator==(const entry&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("at", at),
                  cairn::field("what", what),
                  cairn::field("amount_cents", amount_cents),
                  cairn::field("expense_cents", expense_cents),
                  cairn::field("payment_cents", payment_cents),
                  cairn::field("recorded_total_cents", recorded_total_cents));
  }
};

[[nodiscard]] inline entry entry_of(const fine_created& fact) {
  return {.at = fact.at,
          .what = activity::create_fine,
          .amount_cents = fact.amount_cents,
          .recorded_total_cents = fact.recorded_total_cents};
}
[[nodiscard]] inline entry entry_of(const fine_sent& fact) {
  return {.at = fact.at, .what = activity::send_fine, .expense_cents = fact.expense_cents};
}
[[nodiscard]] inline entry entry_of(const notification_inserted& fact) {
  return {.at = fact.at, .what = activity::insert_notification};
}
[[nodiscard]] inline entry entry_of(const penalty_added& fact) {
  return {.at = fact.at, .what = activity::add_penalty, .amount_cents = fact.amount_cents};
}
[[nodiscard]] inline entry entry_of(const payment_received& fact) {
  return {.at = fact.at,
          .what = activity::payment,
          .payment_cents = fact.payment_cents,
          .recorded_total_cents = fact.recorded_total_cents};
}
[[nodiscard]] inline entry entry_of(const appeal_dated& fact) {
  return {.at = fact.at, .what = activity::date_appeal};
}
[[nodiscard]] inline entry entry_of(const appeal_sent& fact) {
  return {.at = fact.at, .what = activity::send_appeal};
}
[[nodiscard]] inline entry entry_of(const appeal_result_received& fact) {
  return {.at = fact.at, .what = activity::receive_appeal_result};
}
[[nodiscard]] inline entry entry_of(const appeal_result_notified& fact) {
  return {.at = fact.at, .what = activity::notify_appeal_result};
}
[[nodiscard]] inline entry entry_of(const judge_appealed_to& fact) {
  return {.at = fact.at, .what = activity::appeal_to_judge};
}
[[nodiscard]] inline entry entry_of(const sent_to_collection& fact) {
  return {.at = fact.at, .what = activity::send_to_collection};
}

[[nodiscard]] inline entry entry_of(const case_event& any) {
  return std::visit([](const auto& fact) { return entry_of(fact); }, any);
}

}  // namespace fines

#pragma once

#include "fines/domain/money.hpp"

#include "cairn/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

// What has happened in a case: one event for each activity. An amount that the log left empty stays
// empty; a text is then "".

namespace fines {

/// When something happened, and where it stands.
struct happening {
  calendar_day date{};
  /// Its place in the log; 0 for what did not come from there.
  std::uint64_t row = 0;
  /// Orders what happened in a case; 0 for what did not come from the log: it comes last.
  std::uint64_t seq = 0;

  [[nodiscard]] bool is_from_log() const noexcept { return row != 0; }

  bool operator==(const happening&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(
        archive, cairn::field("date", date), cairn::field("row", row), cairn::field("seq", seq));
  }
};

struct fine_created {
  static constexpr std::string_view stable_name = "fine_created";
  happening at;
  std::optional<std::int64_t> amount_cents;
  /// Of the traffic code.
  std::string article;
  std::string vehicle_class;
  /// Taken off the driving licence.
  std::optional<std::int64_t> points;
  std::string dismissal;
  /// Who wrote it.
  std::string resource;
  /// Paid so far, as the log recorded it.
  std::optional<std::int64_t> recorded_total_cents;

  bool operator==(const fine_created&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("at", at),
                  cairn::field("amount_cents", amount_cents),
                  cairn::field("article", article),
                  cairn::field("vehicle_class", vehicle_class),
                  cairn::field("points", points),
                  cairn::field("dismissal", dismissal),
                  cairn::field("resource", resource),
                  cairn::field("recorded_total_cents", recorded_total_cents));
  }
};

/// By post, whose expense is added to what is owed.
struct fine_sent {
  static constexpr std::string_view stable_name = "fine_sent";
  happening at;
  std::optional<std::int64_t> expense_cents;

  bool operator==(const fine_sent&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("at", at), cairn::field("expense_cents", expense_cents));
  }
};

/// The offender has been notified; from here the 60 days run.
struct notification_inserted {
  static constexpr std::string_view stable_name = "notification_inserted";
  happening at;
  std::string notification_type;
  std::string last_sent;

  bool operator==(const notification_inserted&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("at", at),
                  cairn::field("notification_type", notification_type),
                  cairn::field("last_sent", last_sent));
  }
};

/// Not paid in time: from now on this amount is owed instead.
struct penalty_added {
  static constexpr std::string_view stable_name = "penalty_added";
  happening at;
  std::optional<std::int64_t> amount_cents;

  bool operator==(const penalty_added&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("at", at), cairn::field("amount_cents", amount_cents));
  }
};

struct payment_received {
  static constexpr std::string_view stable_name = "payment_received";
  happening at;
  std::optional<std::int64_t> payment_cents;
  /// Paid so far, as the log recorded it. Data: it does not always agree with the payments.
  std::optional<std::int64_t> recorded_total_cents;

  bool operator==(const payment_received&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("at", at),
                  cairn::field("payment_cents", payment_cents),
                  cairn::field("recorded_total_cents", recorded_total_cents));
  }
};

/// The date of an appeal to the prefecture has been entered.
struct appeal_dated {
  static constexpr std::string_view stable_name = "appeal_dated";
  happening at;

  bool operator==(const appeal_dated&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("at", at));
  }
};

struct appeal_sent {
  static constexpr std::string_view stable_name = "appeal_sent";
  happening at;
  std::string dismissal;

  bool operator==(const appeal_sent&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("at", at), cairn::field("dismissal", dismissal));
  }
};

struct appeal_result_received {
  static constexpr std::string_view stable_name = "appeal_result_received";
  happening at;

  bool operator==(const appeal_result_received&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("at", at));
  }
};

struct appeal_result_notified {
  static constexpr std::string_view stable_name = "appeal_result_notified";
  happening at;

  bool operator==(const appeal_result_notified&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("at", at));
  }
};

struct judge_appealed_to {
  static constexpr std::string_view stable_name = "judge_appealed_to";
  happening at;
  std::string dismissal;
  std::string resource;
  std::string matricola;

  bool operator==(const judge_appealed_to&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("at", at),
                  cairn::field("dismissal", dismissal),
                  cairn::field("resource", resource),
                  cairn::field("matricola", matricola));
  }
};

struct sent_to_collection {
  static constexpr std::string_view stable_name = "sent_to_collection";
  happening at;

  bool operator==(const sent_to_collection&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("at", at));
  }
};

/// Everything that may happen.
using case_event = std::variant<fine_created,
                                fine_sent,
                                notification_inserted,
                                penalty_added,
                                payment_received,
                                appeal_dated,
                                appeal_sent,
                                appeal_result_received,
                                appeal_result_notified,
                                judge_appealed_to,
                                sent_to_collection>;

}  // namespace fines

#pragma once

#include "fines/domain/case_events.hpp"
#include "fines/domain/money.hpp"

#include "cairn/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fines {

/// The steps of an appeal. Each once; those to the prefecture one after the other, that to a judge
/// at any time after the notification.
enum class appeal_step : std::uint8_t { dated, sent, result_received, result_notified, to_judge };

/// Opens a case.
struct create_fine {
  static constexpr std::string_view stable_name = "create_fine";
  std::int64_t amount_cents = 0;
  std::string article;
  std::string vehicle_class;
  calendar_day date{};

  bool operator==(const create_fine&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("amount_cents", amount_cents),
                  cairn::field("article", article),
                  cairn::field("vehicle_class", vehicle_class),
                  cairn::field("date", date));
  }
};

struct send_fine {
  static constexpr std::string_view stable_name = "send_fine";
  /// Of the post; may be 0.
  std::int64_t expense_cents = 0;
  calendar_day date{};

  bool operator==(const send_fine&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(
        archive, cairn::field("expense_cents", expense_cents), cairn::field("date", date));
  }
};

struct insert_notification {
  static constexpr std::string_view stable_name = "insert_notification";
  calendar_day date{};

  bool operator==(const insert_notification&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("date", date));
  }
};

/// From 60 days after the notification, while something is owed.
struct add_penalty {
  static constexpr std::string_view stable_name = "add_penalty";
  /// What is owed from now on instead of the amount so far; higher than that.
  std::int64_t amount_cents = 0;
  calendar_day date{};

  bool operator==(const add_penalty&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("amount_cents", amount_cents), cairn::field("date", date));
  }
};

struct pay {
  static constexpr std::string_view stable_name = "pay";
  /// Not more than is outstanding.
  std::int64_t amount_cents = 0;
  calendar_day date{};

  bool operator==(const pay&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("amount_cents", amount_cents), cairn::field("date", date));
  }
};

struct appeal {
  static constexpr std::string_view stable_name = "appeal";
  appeal_step step = appeal_step::dated;
  calendar_day date{};

  bool operator==(const appeal&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("step", step), cairn::field("date", date));
  }
};

/// After the penalty, while something is owed.
struct send_to_collection {
  static constexpr std::string_view stable_name = "send_to_collection";
  calendar_day date{};

  bool operator==(const send_to_collection&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("date", date));
  }
};

/// Takes over what a row of the log says. It has happened: it is not refused, whatever was before,
/// unless an amount is beyond its limit.
struct take_over {
  static constexpr std::string_view stable_name = "take_over";
  case_event fact;

  bool operator==(const take_over&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("fact", fact));
  }
};

}  // namespace fines

#include "fines/log/row_reader.hpp"

#include "fines/domain/money.hpp"
#include "support/values.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

namespace fines {

using support::wrong_field;

namespace {

constexpr std::array<std::string_view, 17> column_names{"row",
                                                        "case_id",
                                                        "seq",
                                                        "activity",
                                                        "date",
                                                        "amount",
                                                        "expense",
                                                        "payment_amount",
                                                        "total_payment_amount",
                                                        "points",
                                                        "article",
                                                        "vehicle_class",
                                                        "dismissal",
                                                        "resource",
                                                        "notification_type",
                                                        "last_sent",
                                                        "matricola"};
enum column : std::size_t {
  row_column,
  case_id,
  seq,
  activity_name,
  date,
  amount,
  expense,
  payment_amount,
  total_payment_amount,
  points,
  article,
  vehicle_class,
  dismissal,
  resource,
  notification_type,
  last_sent,
  matricola,
};
constexpr std::size_t columns_of_every_activity = amount;

/// The columns that an activity has beside those that all have.
std::span<const column> columns_of(activity what) {
  static constexpr std::array created{
      amount, total_payment_amount, points, article, vehicle_class, dismissal, resource};
  static constexpr std::array sent{expense};
  static constexpr std::array notified{notification_type, last_sent};
  static constexpr std::array penalty{amount};
  static constexpr std::array paid{payment_amount, total_payment_amount};
  static constexpr std::array appealed{dismissal};
  static constexpr std::array appealed_to_judge{dismissal, resource, matricola};
  switch (what) {
    case activity::create_fine: return created;
    case activity::send_fine: return sent;
    case activity::insert_notification: return notified;
    case activity::add_penalty: return penalty;
    case activity::payment: return paid;
    case activity::send_appeal: return appealed;
    case activity::appeal_to_judge: return appealed_to_judge;
    case activity::date_appeal:
    case activity::receive_appeal_result:
    case activity::notify_appeal_result:
    case activity::send_to_collection: return {};
  }
  CAIRN_UNREACHABLE();
}

}  // namespace

/// The fields of a row that are numbers; empty ones are nothing.
struct row_reader::numbers {
  std::optional<std::int64_t> amount_cents;
  std::optional<std::int64_t> expense_cents;
  std::optional<std::int64_t> payment_cents;
  std::optional<std::int64_t> recorded_total_cents;
  std::optional<std::int64_t> points;
};

row_reader::row_reader(const std::filesystem::path& file)
    : rows_(file, {column_names.begin(), column_names.end()}) {}

row_reader::outcome row_reader::next() {
  using sighting = support::column_reader::sighting;
  for (;;) {
    const outcome found = rows_.next();
    if (found != outcome::row) return found;
    if (const auto why = convert(); !why.empty()) return rows_.refuse(why);
    const std::string number = std::to_string(at_.row);
    switch (rows_.look_for_repeat(row_.id + '/' + number)) {
      case sighting::first: return outcome::row;
      case sighting::repeated: break;
      case sighting::different:
        return rows_.refuse("row " + number + " of case " + row_.id +
                            " says something else than on line " +
                            std::to_string(rows_.first_line()));
    }
  }
}

/// Fills row_; returns what is wrong with the record, or nothing.
std::string row_reader::convert() {
  if (auto why = convert_place(); !why.empty()) return why;
  const std::string& name = rows_.field(activity_name);
  const auto what = activity_of(name);
  if (!what) {
    return "row " + std::to_string(at_.row) + ": " +
           wrong_field("activity",
                       name,
                       "is none that this program knows: correct it, or leave such rows out with "
                       "--skip-malformed");
  }
  if (auto why = look_for_strays(*what); !why.empty()) return why;
  numbers found;
  if (auto why = convert_numbers(found); !why.empty()) return why;
  row_.id = rows_.field(case_id);
  row_.fact = make_fact(*what, found);
  return {};
}

std::string row_reader::convert_place() {
  const auto number = support::parse_integer(rows_.field(row_column));
  if (!number || *number <= 0) {
    return wrong_field("row", rows_.field(row_column), "is no positive whole number");
  }
  const auto order = support::parse_integer(rows_.field(seq));
  if (!order || *order < 0) return wrong_field("seq", rows_.field(seq), "is no whole number");
  if (rows_.field(case_id).empty()) return "the case_id is empty";
  const auto day = support::parse_day(rows_.field(date));
  if (!day) return wrong_field("date", rows_.field(date), "is not of the form YYYY-MM-DD");
  at_ = {*day, static_cast<std::uint64_t>(*number), static_cast<std::uint64_t>(*order)};
  for (std::size_t which = 0; which < column_names.size(); ++which) {
    if (!support::is_name(rows_.field(which))) {
      return wrong_field(
          column_names.at(which), rows_.field(which), "is too long, or holds a NUL byte");
    }
  }
  return {};
}

/// What an activity does not have would not be stored, so it must not be there.
std::string row_reader::look_for_strays(activity what) const {
  const auto has = columns_of(what);
  for (std::size_t which = columns_of_every_activity; which < column_names.size(); ++which) {
    if (rows_.field(which).empty()) continue;
    if (std::find(has.begin(), has.end(), which) != has.end()) continue;
    return "row " + std::to_string(at_.row) + ": " +
           wrong_field(column_names.at(which), rows_.field(which), "is no field of the activity ")
               .append(to_text(what));
  }
  return {};
}

std::string row_reader::convert_numbers(numbers& found) const {
  using place = std::pair<column, std::optional<std::int64_t>*>;
  for (const auto& [which, into] : {place{amount, &found.amount_cents},
                                    place{expense, &found.expense_cents},
                                    place{payment_amount, &found.payment_cents},
                                    place{total_payment_amount, &found.recorded_total_cents}}) {
    const std::string& text = rows_.field(which);
    if (text.empty()) continue;
    *into = support::parse_cents(text);
    if (!*into) {
      return wrong_field(column_names.at(which), text, "is no number with at most two decimals");
    }
    if (!is_within(**into, amount_cents_max)) {
      return wrong_field(column_names.at(which), text, "is too large");
    }
  }
  if (rows_.field(points).empty()) return {};
  found.points = support::parse_integer(rows_.field(points));
  if (found.points) return {};
  return wrong_field("points", rows_.field(points), "is no whole number");
}

case_event row_reader::make_fact(activity what, const numbers& found) const {
  const auto text = [this](column which) {
    return rows_.field(which);
  };
  switch (what) {
    case activity::create_fine:
      return fine_created{at_,
                          found.amount_cents,
                          text(article),
                          text(vehicle_class),
                          found.points,
                          text(dismissal),
                          text(resource),
                          found.recorded_total_cents};
    case activity::send_fine: return fine_sent{at_, found.expense_cents};
    case activity::insert_notification:
      return notification_inserted{at_, text(notification_type), text(last_sent)};
    case activity::add_penalty: return penalty_added{at_, found.amount_cents};
    case activity::payment:
      return payment_received{at_, found.payment_cents, found.recorded_total_cents};
    case activity::date_appeal: return appeal_dated{at_};
    case activity::send_appeal: return appeal_sent{at_, text(dismissal)};
    case activity::receive_appeal_result: return appeal_result_received{at_};
    case activity::notify_appeal_result: return appeal_result_notified{at_};
    case activity::appeal_to_judge:
      return judge_appealed_to{at_, text(dismissal), text(resource), text(matricola)};
    case activity::send_to_collection: return sent_to_collection{at_};
  }
  CAIRN_UNREACHABLE();
}

}  // namespace fines

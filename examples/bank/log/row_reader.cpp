#include "bank/log/row_reader.hpp"

#include "support/values.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace bank {

using support::wrong_field;

namespace {

constexpr std::array<std::string_view, 12> column_names{"row",
                                                        "account_id",
                                                        "seq",
                                                        "trans_id",
                                                        "date",
                                                        "type",
                                                        "operation",
                                                        "k_symbol",
                                                        "amount",
                                                        "balance",
                                                        "bank",
                                                        "partner_account"};
enum column : std::size_t {
  row_number,
  account_id,
  seq,
  trans_id,
  date,
  type,
  operation,
  k_symbol,
  amount,
  balance,
  partner_bank,
  partner_account,
};

std::string convert_money(column which,
                          const std::string& text,
                          std::int64_t limit,
                          std::int64_t& into) {
  const auto cents = support::parse_cents(text);
  if (!cents) {
    return wrong_field(column_names.at(which), text, "is no number with at most two decimals");
  }
  if (!is_within(*cents, limit)) {
    return wrong_field(column_names.at(which), text, "is too large");
  }
  into = *cents;
  return {};
}

}  // namespace

row_reader::row_reader(const std::filesystem::path& file)
    : rows_(file, {column_names.begin(), column_names.end()}) {}

row_reader::outcome row_reader::next() {
  using sighting = support::column_reader::sighting;
  for (;;) {
    const outcome found = rows_.next();
    if (found != outcome::row) return found;
    if (const auto why = convert(); !why.empty()) return rows_.refuse(why);
    const std::string row = std::to_string(row_.entry.row);
    switch (rows_.look_for_repeat(row_.account + '/' + row)) {
      case sighting::first: return outcome::row;
      case sighting::repeated: break;
      case sighting::different:
        return rows_.refuse("row " + row + " of account " + row_.account +
                            " says something else than on line " +
                            std::to_string(rows_.first_line()));
    }
  }
}

/// Fills row_; returns what is wrong with the record, or nothing.
std::string row_reader::convert() {
  log_entry entry;
  if (auto why = convert_numbers(entry); !why.empty()) return why;
  if (auto why = convert_words(entry); !why.empty()) return why;
  // "007" and "7" are one account.
  row_.account = std::to_string(*support::parse_integer(rows_.field(account_id)));
  row_.entry = std::move(entry);
  return {};
}

std::string row_reader::convert_numbers(log_entry& entry) {
  for (const column which : {row_number, account_id}) {
    const auto number = support::parse_integer(rows_.field(which));
    if (!number || *number <= 0) {
      return wrong_field(column_names.at(which), rows_.field(which), "is no positive whole number");
    }
  }
  for (const column which : {seq, trans_id}) {
    const auto number = support::parse_integer(rows_.field(which));
    if (!number || *number < 0) {
      return wrong_field(column_names.at(which), rows_.field(which), "is no whole number");
    }
  }
  const auto number_of = [this](column which) {
    return static_cast<std::uint64_t>(*support::parse_integer(rows_.field(which)));
  };
  entry.row = number_of(row_number);
  entry.seq = number_of(seq);
  entry.transaction = number_of(trans_id);
  if (auto why = convert_money(amount, rows_.field(amount), amount_cents_max, entry.amount_cents);
      !why.empty()) {
    return why;
  }
  return convert_money(balance, rows_.field(balance), balance_cents_max, entry.balance_cents);
}

std::string row_reader::convert_words(log_entry& entry) {
  const auto day = support::parse_day(rows_.field(date));
  if (!day) return wrong_field("date", rows_.field(date), "is not of the form YYYY-MM-DD");
  if (rows_.field(type).empty()) return "the type is empty";
  for (const column which : {type, operation, k_symbol, partner_bank, partner_account}) {
    if (!support::is_name(rows_.field(which))) {
      return wrong_field(
          column_names.at(which), rows_.field(which), "is too long, or holds a NUL byte");
    }
  }
  entry.date = *day;
  entry.kind = rows_.field(type);
  entry.operation = rows_.field(operation);
  entry.symbol = rows_.field(k_symbol);
  entry.partner_bank = rows_.field(partner_bank);
  entry.partner_account = rows_.field(partner_account);
  return {};
}

}  // namespace bank

#pragma once

#include "bank/domain/money.hpp"

#include "cairn/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bank {

/// The kind of a movement that pays in; every other kind pays out. The words are the log's.
inline constexpr std::string_view credit_kind = "PRIJEM";
inline constexpr std::string_view debit_kind = "VYDAJ";

/// A movement as the bank's own log has it, with the balance that the bank recorded.
struct log_entry {
  /// Its place in the log; 0 for a movement that came otherwise.
  std::uint64_t row = 0;
  /// Orders the movements of an account.
  std::uint64_t seq = 0;
  std::uint64_t transaction = 0;
  business_day date{};
  std::string kind;
  std::string operation;
  std::string symbol;
  std::int64_t amount_cents = 0;
  std::int64_t balance_cents = 0;
  /// Where a transfer goes to or comes from; often empty.
  std::string partner_bank;
  std::string partner_account;

  [[nodiscard]] bool is_credit() const noexcept { return kind == credit_kind; }
  /// What it adds to the balance.
  [[nodiscard]] std::int64_t change_cents() const noexcept {
    return is_credit() ? amount_cents : -amount_cents;
  }

  bool operator==(const log_entry&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("row", row),
                  cairn::field("seq", seq),
                  cairn::field("transaction", transaction),
                  cairn::field("date", date),
                  cairn::field("kind", kind),
                  cairn::field("operation", operation),
                  cairn::field("symbol", symbol),
                  cairn::field("amount_cents", amount_cents),
                  cairn::field("balance_cents", balance_cents),
                  cairn::field("partner_bank", partner_bank),
                  cairn::field("partner_account", partner_account));
  }
};

}  // namespace bank

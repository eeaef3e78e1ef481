#pragma once

#include "bank/domain/log_entry.hpp"
#include "bank/domain/money.hpp"

#include "cairn/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bank {

struct open_account {
  static constexpr std::string_view stable_name = "open";
  business_day date{};
  /// How far below zero the account may be.
  std::int64_t limit_cents = 0;

  bool operator==(const open_account&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("date", date), cairn::field("limit_cents", limit_cents));
  }
};

/// From now on the account may be so far below zero.
struct set_limit {
  static constexpr std::string_view stable_name = "set_limit";
  std::int64_t limit_cents = 0;

  bool operator==(const set_limit&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("limit_cents", limit_cents));
  }
};

struct deposit {
  static constexpr std::string_view stable_name = "deposit";
  std::int64_t amount_cents = 0;
  business_day date{};
  /// The other side of a transfer; empty for cash.
  std::string partner_account;

  bool operator==(const deposit&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("amount_cents", amount_cents),
                  cairn::field("date", date),
                  cairn::field("partner_account", partner_account));
  }
};

struct withdraw {
  static constexpr std::string_view stable_name = "withdraw";
  std::int64_t amount_cents = 0;
  business_day date{};
  /// The other side of a transfer; empty for cash.
  std::string partner_account;

  bool operator==(const withdraw&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("amount_cents", amount_cents),
                  cairn::field("date", date),
                  cairn::field("partner_account", partner_account));
  }
};

/// Takes over a movement of the bank's own log. What it says has happened: it opens the account if
/// need be, and is not refused for an overdraft.
struct record_movement {
  static constexpr std::string_view stable_name = "record_movement";
  log_entry entry;

  bool operator==(const record_movement&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("entry", entry));
  }
};

}  // namespace bank

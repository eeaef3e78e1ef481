#pragma once

#include "bank/domain/log_entry.hpp"
#include "bank/domain/money.hpp"

#include "cairn/codec.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bank {

struct opened {
  static constexpr std::string_view stable_name = "opened";
  business_day date{};
  /// Since class version 1; before that, no account had one when it was opened.
  std::int64_t limit_cents = 0;

  bool operator==(const opened&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned version) {
    cairn::fields(archive, cairn::field("date", date));
    if (version >= 1) cairn::fields(archive, cairn::field("limit_cents", limit_cents));
  }
};

struct limit_set {
  static constexpr std::string_view stable_name = "overdraft_limit_set";
  /// Version 1 of the program called it so.
  static constexpr std::array<std::string_view, 1> former_names = {"credit_line_set"};
  std::int64_t limit_cents = 0;

  bool operator==(const limit_set&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("limit_cents", limit_cents));
  }
};

struct deposited {
  static constexpr std::string_view stable_name = "deposited";
  std::int64_t amount_cents = 0;
  business_day date{};
  /// The other side of a transfer; empty for cash.
  std::string partner_account;

  bool operator==(const deposited&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("amount_cents", amount_cents),
                  cairn::field("date", date),
                  cairn::field("partner_account", partner_account));
  }
};

struct withdrawn {
  static constexpr std::string_view stable_name = "withdrawn";
  std::int64_t amount_cents = 0;
  business_day date{};
  /// The other side of a transfer; empty for cash.
  std::string partner_account;

  bool operator==(const withdrawn&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("amount_cents", amount_cents),
                  cairn::field("date", date),
                  cairn::field("partner_account", partner_account));
  }
};

struct movement_recorded {
  static constexpr std::string_view stable_name = "movement_recorded";
  log_entry entry;

  bool operator==(const movement_recorded&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("entry", entry));
  }
};

}  // namespace bank

BOOST_CLASS_VERSION(bank::opened, 1)

#pragma once

#include "bank/app/store.hpp"
#include "bank/domain/money.hpp"

#include <cstdint>
#include <string>

namespace bank {

/// What is asked for at the counter.
struct counter_options {
  std::string account;
  std::int64_t cents = 0;
  business_day date{};
  /// Repeated with the same id, a wish takes effect once. Empty: each time.
  std::string command_id;
};

/// Says on stdout that the wish with this id took effect earlier.
void print_counted_before();

/// The bank's calendar, here and now.
[[nodiscard]] business_day today();

/// Opens an account with an overdraft limit of `cents`; makes the store if there is none.
[[nodiscard]] exit_code open(const cairn::config& settings, const counter_options& options);

/// Pays `cents` into an account.
[[nodiscard]] exit_code pay_in(const cairn::config& settings, const counter_options& options);

/// Pays `cents` out of an account, down to its overdraft limit.
[[nodiscard]] exit_code pay_out(const cairn::config& settings, const counter_options& options);

/// Sets an account's overdraft limit to `cents`.
[[nodiscard]] exit_code change_limit(const cairn::config& settings, const counter_options& options);

/// Prints where an account stands. not_found when it is not open.
[[nodiscard]] exit_code print_account(cairn::runtime& app, const std::string& number);

}  // namespace bank

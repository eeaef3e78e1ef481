#pragma once

#include "bank/app/store.hpp"
#include "bank/domain/money.hpp"

#include <optional>
#include <string>

namespace bank {

struct statement_options {
  std::string account;
  std::optional<business_day> from;
  std::optional<business_day> until;
};

/// Prints the movements of an account.
[[nodiscard]] exit_code print_statement(const cairn::config& settings,
                                        const statement_options& options);

/// Prints where an account stands, or stood at the end of a day.
[[nodiscard]] exit_code print_balance(const cairn::config& settings,
                                      const std::string& number,
                                      std::optional<business_day> at);

}  // namespace bank

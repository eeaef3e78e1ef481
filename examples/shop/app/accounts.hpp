#pragma once

#include "shop/app/exit_code.hpp"

#include <cairn/config.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

namespace shop {

/// Opens an account, and prints it.
[[nodiscard]] exit_code open_account_of(const cairn::config& settings,
                                        const std::string& customer,
                                        std::int64_t credit_line_mils);

/// Prints a customer's balance.
[[nodiscard]] exit_code show_account(const cairn::config& settings, const std::string& customer);

/// Pays an amount into a customer's account.
[[nodiscard]] exit_code pay_in(const cairn::config& settings,
                               const std::string& customer,
                               std::int64_t amount_mils);

}  // namespace shop

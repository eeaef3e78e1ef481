#pragma once

#include "bank/domain/account.hpp"
#include "support/exit_code.hpp"
#include "support/program.hpp"

#include <cairn/cairn.hpp>
#include <chrono>
#include <functional>
#include <string_view>

namespace bank {

using support::exit_code;
using support::if_absent;

inline constexpr std::string_view program_name = "bank";

/// How long a command of the bank or a question may take, with the waking of what sleeps.
inline constexpr std::chrono::seconds answer_timeout{60};

/// Opens the bank's store as the settings say, with its aggregate and three read models.
/// error::code::not_found when there is none and none shall be made; otherwise as builder::start.
[[nodiscard]] cairn::result<cairn::runtime> open_store(const cairn::config& settings,
                                                       if_absent then);

/// Opens the store, calls `use`, and closes it. What went wrong is said on stderr.
[[nodiscard]] exit_code with_store(const cairn::config& settings,
                                   if_absent then,
                                   const std::function<exit_code(cairn::runtime& app)>& use);

/// Says on stderr what went wrong.
[[nodiscard]] exit_code report_failure(const cairn::error& why);

/// Says on stderr why the bank said no to a command for the account `number`.
[[nodiscard]] exit_code report_rejection(const std::string& number, account::rejection why);

/// Says on stderr that there is no such account.
[[nodiscard]] exit_code report_no_account(const std::string& number);

}  // namespace bank

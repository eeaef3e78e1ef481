#pragma once

#include "shop/app/exit_code.hpp"
#include "support/program.hpp"

#include <cairn/cairn.hpp>
#include <chrono>

namespace shop {

/// How long a command of the shop or a question may take, with the waking of what sleeps.
inline constexpr std::chrono::seconds answer_timeout{60};

using support::if_absent;

/// A store's three aggregates, five read models and three process managers, for `start`.
[[nodiscard]] cairn::builder make_builder(const cairn::config& settings);

/// Opens the shop's store as the settings say.
/// error::code::not_found when there is none and none shall be made; otherwise as builder::start.
[[nodiscard]] cairn::result<cairn::runtime> open_store(const cairn::config& settings,
                                                       if_absent then);

/// Says on stderr what went wrong.
[[nodiscard]] exit_code report_failure(const cairn::error& why);

/// Closes the store; `so_far` unless that fails.
[[nodiscard]] exit_code close_store(cairn::runtime& app, exit_code so_far);

}  // namespace shop

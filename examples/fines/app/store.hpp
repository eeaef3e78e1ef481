#pragma once

#include "fines/app/town_clock.hpp"
#include "fines/domain/fine_case.hpp"
#include "support/exit_code.hpp"
#include "support/program.hpp"

#include <cairn/cairn.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace fines {

using support::exit_code;
using support::if_absent;

inline constexpr std::string_view program_name = "fines";

/// How long a command or a question may take, with the waking of what sleeps.
inline constexpr std::chrono::seconds answer_timeout{60};

/// A store's aggregates, read models and process manager, whose deadlines go by `clock`, for
/// `start`.
[[nodiscard]] cairn::builder make_builder(const cairn::config& settings,
                                          std::shared_ptr<const town_clock> clock);

/// Opens the store as the settings say, and sets `clock` to the day that was closed last.
/// error::code::not_found when there is no store and none shall be made; otherwise as
/// builder::start.
[[nodiscard]] cairn::result<cairn::runtime> open_store(const cairn::config& settings,
                                                       if_absent then,
                                                       const std::shared_ptr<town_clock>& clock);

/// Opens the store, calls `use`, and closes it. What went wrong is said on stderr.
[[nodiscard]] exit_code with_store(
    const cairn::config& settings,
    if_absent then,
    const std::function<exit_code(cairn::runtime& app, town_clock& clock)>& use);

/// Says on stderr what went wrong.
[[nodiscard]] exit_code report_failure(const cairn::error& why);

/// Says on stderr why a command for the case `id` was rejected.
[[nodiscard]] exit_code report_rejection(const std::string& id, fine_case::rejection why);

/// Says on stderr that there is no such case.
[[nodiscard]] exit_code report_no_case(const std::string& id);

}  // namespace fines

#pragma once

#include "fines/app/store.hpp"
#include "fines/domain/money.hpp"

#include <cstdint>
#include <functional>

namespace fines {

/// Blocks until everything that has been recorded and every deadline that has passed is seen to. As
/// support::settle.
[[nodiscard]] cairn::result<bool> settle_deadlines(
    cairn::runtime& app, const std::function<void(std::uint64_t steps)>& show = {});

/// Records that everything until the end of `day` is in, and blocks until all deadlines that have
/// passed by then are seen to. Repeating it, or closing an earlier day, does nothing more. What
/// went wrong is said on stderr. `show`: as that of support::settle.
[[nodiscard]] exit_code close_books(cairn::runtime& app,
                                    town_clock& clock,
                                    calendar_day day,
                                    const std::function<void(std::uint64_t steps)>& show = {});

/// The same for a store that is not open, and says what has come of it.
[[nodiscard]] exit_code close_day_of(const cairn::config& settings, calendar_day day);

}  // namespace fines

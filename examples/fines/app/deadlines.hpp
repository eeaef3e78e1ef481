#pragma once

#include "fines/app/store.hpp"
#include "fines/domain/money.hpp"

#include <chrono>
#include <cstddef>

namespace fines {

struct due_options {
  calendar_day from = calendar_day::min();
  calendar_day until = calendar_day::max();
  std::size_t top = 10;
};

/// Prints the cases whose time for paying without a penalty ends on one of these days while
/// something is owed: those that were reminded of, and those to come, as they stand.
[[nodiscard]] exit_code show_due(const cairn::config& settings, const due_options& options);

/// Prints in how many cases a penalty was due, and in how many of these the log has one: within so
/// many days, later, or not.
[[nodiscard]] exit_code print_penalties(cairn::runtime& app, std::chrono::days within);

/// The same for a store that is not open.
[[nodiscard]] exit_code show_penalties(const cairn::config& settings, std::chrono::days within);

}  // namespace fines

#pragma once

#include "fines/app/store.hpp"
#include "fines/domain/money.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace fines {

/// Prints what happened in a case and where it stands; with `at`, at the end of that day. not_found
/// when there is no such case, or was none then.
[[nodiscard]] exit_code print_case(cairn::runtime& app,
                                   const std::string& id,
                                   std::optional<calendar_day> at);

[[nodiscard]] exit_code show_case(const cairn::config& settings,
                                  const std::string& id,
                                  std::optional<calendar_day> at);

/// Prints what is outstanding in all, and the `top` cases that owe the most; with `at`, at the end
/// of that day.
[[nodiscard]] exit_code show_outstanding(const cairn::config& settings,
                                         std::optional<calendar_day> at,
                                         std::size_t top);

}  // namespace fines

#pragma once

#include "fines/app/store.hpp"

#include <string>

namespace fines {

/// Sends one command to the case `id`, and prints the case. With a `command_id` it takes effect
/// once, however often it is repeated.
[[nodiscard]] exit_code serve(const cairn::config& settings,
                              if_absent then,
                              const std::string& id,
                              const fine_case::command& wish,
                              const std::string& command_id);

/// The town's calendar, here and now.
[[nodiscard]] calendar_day today();

}  // namespace fines

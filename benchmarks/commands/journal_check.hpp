#pragma once

#include "commands/load.hpp"

#include "cairn/config.hpp"

#include <string>

namespace bench {

/// Reads a whole stopped store and compares it with what was acknowledged: every accepted command
/// is there exactly once and where its receipt says; nothing else is; offsets and versions have no
/// gap. Returns the first thing that is wrong; empty when nothing is.
[[nodiscard]] std::string check_journal(const cairn::config& settings, const ledger& expected);

}  // namespace bench

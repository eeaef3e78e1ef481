#pragma once

#include "bank/figures/figures.hpp"

#include <cairn/cairn.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bank {

/// Asks the read models for everything that `bank export` writes, once they have applied all that
/// is durable now. Blocks. `as_of`: the days for figures::accounts_as_of.
[[nodiscard]] cairn::result<figures> collect_figures(cairn::runtime& app,
                                                     const std::set<business_day>& as_of);

/// Every account as it stood at the end of a day, by time travel: the ledger knows which version an
/// account's aggregate had then, and the aggregate what it was at that version. Blocks. `account`:
/// only that one.
[[nodiscard]] cairn::result<std::vector<past_figures>> accounts_as_of(
    cairn::runtime& app, business_day day, const std::optional<std::string>& account = {});

}  // namespace bank

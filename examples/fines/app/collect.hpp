#pragma once

#include "fines/figures/figures.hpp"

#include <cairn/cairn.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fines {

/// Asks the read models for everything that `fines export` writes, once they have applied all that
/// is durable now. Blocks. `as_of`: the days for figures::cases_as_of.
[[nodiscard]] cairn::result<figures> collect_figures(cairn::runtime& app,
                                                     const std::set<calendar_day>& as_of);

/// Every case as it stood at the end of a day, by time travel, in the order of their names: a read
/// model knows which version a case's aggregate had then, and the aggregate what it was at that
/// version. Cases that begin later are left out. Blocks. `id`: only that one.
[[nodiscard]] cairn::result<std::vector<case_figures>> cases_as_of(
    cairn::runtime& app, calendar_day day, const std::optional<std::string>& id = {});

}  // namespace fines

#pragma once

#include "shop/figures/figures.hpp"

#include <cairn/cairn.hpp>
#include <chrono>
#include <optional>
#include <set>

namespace shop {

/// Asks the read models for everything that `shop export` writes, once they have applied all that
/// is durable now. Blocks. `as_of`: the days for figures::customers_as_of.
[[nodiscard]] cairn::result<figures> collect_figures(
    cairn::runtime& app, const std::set<std::chrono::local_days>& as_of);

/// The same for a report, as known at the end of the day `as_of` or now.
[[nodiscard]] cairn::result<report_figures> collect_report(
    cairn::runtime& app, std::optional<std::chrono::local_days> as_of);

}  // namespace shop

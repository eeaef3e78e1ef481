#pragma once

#include "shop/app/exit_code.hpp"

#include <cairn/config.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace shop {

/// Prints an order, as it is now or as it was at a version.
[[nodiscard]] exit_code show_order(const cairn::config& settings,
                                   const std::string& invoice,
                                   std::optional<std::uint64_t> at_version);

/// Prints all that ever happened to an order.
[[nodiscard]] exit_code show_events(const cairn::config& settings, const std::string& invoice);

enum class order_step : std::uint8_t { ship, deliver, cancel, send_back };

/// Takes an order one step further. What is cancelled or sent back is taken off the books by a
/// cancellation of its own, C-NUMBER, and paid back as far as it was paid.
[[nodiscard]] exit_code take_step(const cairn::config& settings,
                                  const std::string& invoice,
                                  order_step step);

}  // namespace shop

#pragma once

#include "support/stop_signal.hpp"

#include <cairn/cairn.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace support {

/// What process managers have left to do: events, commands, and what waits for those.
struct work_left {
  std::uint64_t steps = 0;
  /// Where the first of them stands.
  std::vector<cairn::position> reached;

  bool operator==(const work_left&) const = default;
};

template <class... Managers>
[[nodiscard]] cairn::result<work_left> work_left_of(cairn::runtime& app) {
  work_left all;
  for (const auto& found : {app.process_manager<Managers>().status()...}) {
    if (!found) return found.error();
    all.steps += found->feed.events_behind + found->commands_pending + found->waiting;
    if (all.reached.empty()) all.reached = found->feed.checkpoints;
  }
  return all;
}

/// Blocks until the process managers have done everything that there is to do for them, also what
/// one of them leads another to. False when a stop signal came first. `show` is told now and then
/// how many steps are left, and may be empty.
/// stale: they have not come any further for `patience`. stopped: one of them has stopped on an
/// error, which is in the detail; otherwise as process_manager_handle::settle.
/// @pre nobody sends commands meanwhile
template <class... Managers>
[[nodiscard]] cairn::result<bool> settle(cairn::runtime& app,
                                         const std::function<void(std::uint64_t steps)>& show = {},
                                         std::chrono::seconds patience = std::chrono::minutes{2}) {
  constexpr std::chrono::milliseconds at_once{200};
  auto before = work_left_of<Managers...>(app);
  auto moved = std::chrono::steady_clock::now();
  for (;;) {
    if (!before) return before.error();
    if (stop_signal() != 0) return false;
    bool settled = true;
    for (const auto& done : {app.process_manager<Managers>().settle(at_once)...}) {
      if (!done && done.error().what != cairn::error::code::stale) return done.error();
      settled = settled && done;
    }
    auto after = work_left_of<Managers...>(app);
    if (!after) return after.error();
    // Had one of them led to anything meanwhile, there would be more events.
    if (settled && after->steps == 0 && *after == *before) return true;
    if (show) show(after->steps);
    const auto now = std::chrono::steady_clock::now();
    if (!(*after == *before)) moved = now;
    if (now - moved > patience) {
      return cairn::error{cairn::error::code::stale,
                          "process managers have not come any further for " +
                              std::to_string(patience.count()) + " s, with " +
                              std::to_string(after->steps) +
                              " steps left; they go on when the store is opened again"};
    }
    before = std::move(after);
  }
}

}  // namespace support

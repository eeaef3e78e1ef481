#pragma once

#include <cairn/cairn.hpp>
#include <chrono>
#include <cstddef>
#include <thread>
#include <utility>
#include <vector>

namespace support {

/// Whether a command that failed so may get through when it is sent again, with the same id.
[[nodiscard]] inline bool is_worth_another_try(cairn::error::code what) noexcept {
  using code = cairn::error::code;
  return what == code::overloaded || what == code::timed_out || what == code::expired ||
         what == code::uncertain;
}

/// Sends all commands and waits for their outcomes, in the order of the commands. Those that fail
/// in passing are sent again: safe, since none takes effect twice. The error of the first one that
/// fails for good.
/// @pre each command has an id, or does nothing when it is repeated. Blocks.
template <class A>
[[nodiscard]] cairn::result<std::vector<cairn::outcome<A>>> send_all(
    cairn::runtime& app, const std::vector<cairn::addressed<A>>& commands) {
  constexpr int tries_max = 5;
  constexpr std::chrono::milliseconds pause{50};
  if (commands.empty()) return std::vector<cairn::outcome<A>>{};
  std::vector<cairn::outcome<A>> outcomes = app.ask_many<A>(commands);
  for (int tries = 1;; ++tries) {
    std::vector<std::size_t> places;
    std::vector<cairn::addressed<A>> again;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const cairn::error* why = outcomes[i].failed();
      if (why == nullptr) continue;
      if (tries == tries_max || !is_worth_another_try(why->what)) return *why;
      places.push_back(i);
      again.push_back(commands[i]);
    }
    if (again.empty()) return outcomes;
    std::this_thread::sleep_for(pause * tries);
    auto repeated = app.ask_many<A>(again);
    for (std::size_t i = 0; i < places.size(); ++i)
      outcomes[places[i]] = std::move(repeated[i]);
  }
}

}  // namespace support

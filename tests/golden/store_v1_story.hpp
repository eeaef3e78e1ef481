#pragma once

#include "golden/store_v1_domain.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

// What happened in the golden store, command by command. Frozen: nothing here may change.

namespace cairn::golden {

inline constexpr std::uint16_t partitions = 2;
inline constexpr unsigned accounts = 24;
inline constexpr unsigned baskets = 14;
inline constexpr unsigned rounds = 9;
/// From this one on, the store was open in relaxed mode, and was killed before a sync.
inline constexpr unsigned first_relaxed_round = 7;

/// When the commands of a round were sent.
[[nodiscard]] constexpr timestamp time_of(unsigned round) {
  using namespace std::chrono;
  return sys_days{2026y / November / 20} + hours{round} + nanoseconds{7 * round + 1};
}

[[nodiscard]] inline std::string account_id(unsigned i) {
  // One that is as long as an id can be, one of bytes that are no text.
  if (i == 3) return std::string(256, 'L');
  if (i == 4) return std::string{"\xff\xfe/\x01"};
  return "account-" + std::to_string(i);
}
[[nodiscard]] inline std::string basket_id(unsigned i) {
  return "basket-" + std::to_string(i);
}

/// Tells what `narrator` must send in this round, in order:
/// `narrator.template say<A>(id, command, options)`.
template <class Narrator> void tell(unsigned round, Narrator& narrator) {
  const std::string day = std::to_string(round);
  for (unsigned i = 0; i < accounts; ++i) {
    const std::string id = account_id(i);
    const std::string number = std::to_string(i);
    if (round == 0) {
      // The last two are never opened: nothing but rejections is stored of them.
      if (i + 2 < accounts) {
        narrator.template say<account>(
            id,
            open{"owner " + number, i % 3 == 0 ? std::optional<std::int64_t>{500} : std::nullopt},
            {.command_id = "open",
             .correlation_id = "web-" + number,
             .causation_id = "click-" + number,
             .principal = "clerk@example.org",
             .tags = {"new", "of-" + number}});
      }
      continue;
    }
    const bool with_id = (i + round) % 2 == 0;
    ask_options options;
    if (with_id) options.command_id = "move-" + day;
    if (i % 5 == 0) options.tags = {"round-" + day};
    if (i % 5 == 1) options.principal = "owner " + number;
    const std::int64_t cents = i * 100 + round;
    narrator.template say<account>(id, move{(i + round) % 4 == 0 ? -cents : cents, day}, options);
    if (i % 6 == 0) {
      narrator.template say<account>(id, touch{}, {.command_id = "touch-" + day});
    }
  }
  for (unsigned i = 0; i < baskets; ++i) {
    ask_options options;
    if (i % 3 != 0) options.command_id = "basket-" + day;
    if (i % 4 == 2) options.correlation_id = "tour-" + day;
    const std::string item = "item-" + std::to_string((i + round) % 5);
    if ((i + round) % 3 == 2) {
      narrator.template say<basket>(
          basket_id(i), taken_out{item, std::chrono::milliseconds{round * 1000}}, options);
    } else {
      narrator.template say<basket>(
          basket_id(i),
          put_in{{{item, i + 1}, {"bag", 1}}, {day, std::string(i * 9, '~')}},
          options);
    }
  }
  // Many of one aggregate at once, so that there are groups of several commits.
  narrator.template rush<account>(account_id(7), move{1, "rush"}, 25, "rush-" + day + "-");
}

}  // namespace cairn::golden

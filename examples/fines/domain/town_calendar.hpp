#pragma once

#include "fines/domain/money.hpp"

#include "cairn/aggregate.hpp"
#include "cairn/fields.hpp"
#include "cairn/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace fines {

/// Everything that happened until the end of this day has been recorded.
struct close_day {
  static constexpr std::string_view stable_name = "close_day";
  calendar_day day{};

  bool operator==(const close_day&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("day", day));
  }
};

struct day_closed {
  static constexpr std::string_view stable_name = "day_closed";
  calendar_day day{};

  bool operator==(const day_closed&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("day", day));
  }
};

/// How far the town's books have come: deadlines pass with the days that are closed, not with the
/// clock on the wall, since a log may be recorded years later. There is one, whose id is `id`.
struct town_calendar {
  static constexpr std::string_view stable_name = "fines.calendar";
  static constexpr std::string_view id = "town";

  /// The first and the last day that may be closed: a timestamp has no others.
  static constexpr calendar_day first_day{std::chrono::year{1678} / 1 / 1};
  static constexpr calendar_day last_day{std::chrono::year{2261} / 12 / 31};

  struct state {
    std::optional<calendar_day> closed;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, closed);
    }
  };

  enum class rejection : std::uint8_t { day_out_of_range };

  using command = std::variant<close_day>;
  using event = std::variant<day_closed>;
  using decision = cairn::decision<event, rejection>;

  /// A day that is closed already stays so.
  static decision decide(const state& now, const close_day& wish) {
    if (wish.day < first_day || wish.day > last_day) return rejection::day_out_of_range;
    if (now.closed && wish.day <= *now.closed) return {};
    return day_closed{wish.day};
  }

  static void evolve(state& now, const day_closed& fact) { now.closed = fact.day; }
};

/// The beginning of a day, as timers have it: the town's calendar knows no time zone. What begins
/// behind the end of its last day never comes.
[[nodiscard]] inline cairn::timestamp beginning_of(calendar_day day) {
  if (day < town_calendar::first_day) return cairn::timestamp::min();
  if (day > town_calendar::last_day + std::chrono::days{1}) return cairn::timestamp::max();
  return cairn::timestamp{day.time_since_epoch()};
}

}  // namespace fines

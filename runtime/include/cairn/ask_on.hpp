#pragma once

#include "cairn/ask.hpp"
#include "cairn/ask_from.hpp"
#include "cairn/detail/runtime_face.hpp"
#include "cairn/events.hpp"
#include "cairn/guard.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn {

/// Events that aggregate_handle::ask_on reads for a decision, at most.
inline constexpr std::size_t ask_on_events_max = 100'000;

/// Makes a command from what was recorded, or decides that none is wanted.
template <class Make, class A>
concept makes_command_of_events = requires(Make& make, const std::vector<recorded_event>& seen) {
  { make(seen) } -> std::convertible_to<std::optional<typename A::command>>;
};

namespace detail {

/// What ask_on has read so far. From one attempt to the next it only reads what is new. One thread.
class reading_on {
 public:
  reading_on(runtime_face& face, std::vector<event_pattern> any_of) : face_(face) {
    query_.any_of = std::move(any_of);
    query_.limit = event_page_max;
  }

  /// Reads on to the end of what is durable. The errors of runtime::events; too_large: these are
  /// more events than ask_on_events_max. bad_input: there is no pattern.
  [[nodiscard]] result<void> read_on(std::chrono::nanoseconds timeout);

  [[nodiscard]] const std::vector<recorded_event>& seen() const noexcept { return seen_; }
  /// Nothing of the kind behind what was seen.
  [[nodiscard]] cairn::guard guard(bool within_partition) const {
    return {query_.any_of, std::get<event_cursor>(query_.from), within_partition};
  }

 private:
  runtime_face& face_;
  event_query query_;
  std::vector<recorded_event> seen_;
};

/// The body of aggregate_handle::ask_on.
/// @param ask sends a command with options and blocks for its outcome
template <class A, class Make, class Ask>
std::optional<outcome<A>> ask_on(runtime_face& face,
                                 std::vector<event_pattern> any_of,
                                 Make& make,
                                 ask_from_options options,
                                 Ask&& ask) {
  const auto deadline = deadline_after(options.ask.timeout, face.steady_now());
  const bool within_partition = options.ask.guard.within_partition;
  reading_on reading{face, std::move(any_of)};
  for (std::uint32_t attempt = 1;; ++attempt) {
    if (auto read = reading.read_on(deadline - face.steady_now()); !read) {
      return outcome<A>{read.error()};
    }
    std::optional<typename A::command> wish;
    try {
      wish = make(reading.seen());
    } catch (...) {
      return outcome<A>{user_code_threw("what makes the command")};
    }
    if (!wish) return std::nullopt;
    options.ask.timeout = deadline - face.steady_now();
    if (options.ask.timeout <= std::chrono::nanoseconds{0}) {
      return outcome<A>{error{error::code::expired, "no time was left to ask"}};
    }
    options.ask.guard = reading.guard(within_partition);
    outcome<A> came = ask(*std::move(wish), options.ask);
    const bool again = came.failed() != nullptr && came.failed()->what == error::code::conflict &&
                       attempt < options.attempts_max;
    if (!again) return came;
  }
}

}  // namespace detail

}  // namespace cairn

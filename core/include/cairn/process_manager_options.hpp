#pragma once

#include "cairn/clock.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace cairn {

/// What a process manager does about trouble, and how many commands it has on their way.
struct process_manager_options {
  /// Where a manager begins of which nothing is stored, also one whose `version` is new.
  enum class origin : std::uint8_t {
    beginning,  ///< At the first event of the journal.
    now,        ///< Behind what is durable at its first start: earlier events are not seen.
  };
  origin start_from = origin::beginning;

  /// What is done about something that stays wrong.
  enum class policy : std::uint8_t {
    stop,  ///< The manager stops right there; it goes on when the process starts again.
    skip,  ///< It is left out, listed among the failed steps, and the manager goes on.
  };
  /// `route`, `on`, `on_timer`, `on_rejected` or `on_failed` threw, or a strict route is not met;
  /// after `repeats` more attempts.
  policy on_error = policy::stop;
  /// A command was rejected and the manager has no `on_rejected` for its aggregate.
  policy on_rejection = policy::stop;
  /// A command failed for good and the manager has no `on_failed` for its aggregate.
  policy on_failure = policy::stop;
  /// Attempts after the first one. At least 1, at most 3.
  std::uint32_t repeats = 3;
  /// Before the first repeat of a step or of a command; doubles with each, up to `redeliver_max`.
  std::chrono::nanoseconds retry_delay = std::chrono::milliseconds{50};
  /// A command that could not be delivered is sent again at least this often.
  std::chrono::nanoseconds redeliver_max = std::chrono::seconds{5};
  /// A line for people is written when a command has been sent in vain so many times.
  std::uint32_t warn_after = 5;
  /// How long one sending of a command may take (ask_options::timeout).
  std::chrono::nanoseconds command_timeout = std::chrono::seconds{10};
  /// Commands that have been sent and are not answered, at most. Those of one instance are sent one
  /// after the other.
  std::uint32_t commands_in_flight_max = 10'000;
  /// Commands that are held in memory, sent or waiting; the others wait on disk.
  std::uint32_t commands_loaded_max = 100'000;
  /// What its timers go by, when that is not the runtime's clock: a calendar that stands at the
  /// last day of which everything is known, say, so that events may be recorded late. A timer that
  /// is set `after` something still counts from reactions::now(). Only now() and when_moved() are
  /// asked; steady() must be that of the runtime's clock.
  std::shared_ptr<const clock> timers_by = nullptr;
};

}  // namespace cairn

#pragma once

#include "cairn/error.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_model_status.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cairn {

/// How a process manager is doing.
struct process_manager_status {
  /// How it follows the journal. `stopped_on` is also what a timer or an answer stopped it on.
  read_model_status feed = {};
  std::uint64_t instances = 0;
  /// Commands that are stored and have no answer yet, those on their way among them.
  std::uint64_t commands_pending = 0;
  std::uint64_t commands_in_flight = 0;
  /// Events and timers that wait until their instance's commands are answered.
  std::uint64_t waiting = 0;
  std::uint64_t timers_pending = 0;
  /// Steps that were left out (process_manager_options::policy::skip) and are listed.
  std::uint64_t failed_steps = 0;
};

/// Something that a process manager has left out.
struct failed_step {
  std::uint64_t number = 0;  ///< Counts up; names it.
  /// Empty when it was not known yet: `route` threw.
  std::string instance = {};
  /// "event shop.order/7@3 (placed)", "timer unpaid", "command pm:shop.payment:0.5.0:0".
  std::string what = {};
  /// describe() of the error, or the number of the rejection.
  std::string why = {};
};

}  // namespace cairn

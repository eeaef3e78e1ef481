#pragma once

#include "cairn/error.hpp"
#include "cairn/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

/// How a read model is doing.
struct read_model_status {
  enum class phase : std::uint8_t {
    rebuilding,  ///< Started from nothing, and has not yet what was stored before its start.
    running,     ///< Follows the journal.
    stopped,  ///< On an error; queries are refused. Goes on when it is resumed or reset, when the
              ///< process starts again, or by itself if its options say so.
    paused,   ///< By an operator; queries are answered from what is there, unless it had
              ///< stopped before: then stopped_on says why.
  };

  std::string name = {};
  std::uint32_t version = 0;
  phase now = phase::running;
  /// Up to which event it has come, for each partition; its queries show at least this.
  std::vector<position> checkpoints = {};
  /// Events of the journal that are durable and that it has not passed, whether it wants them or
  /// not.
  std::uint64_t events_behind = 0;
  /// How long the oldest of these has been in the journal; 0 when there is none.
  std::chrono::nanoseconds time_behind{0};
  /// Events that it has applied since the process started.
  std::uint64_t events_applied = 0;
  /// What it stopped on. The detail names the read model, the event and its position.
  std::optional<error> stopped_on = {};
  /// The newest trouble since the process started, also one that has passed.
  std::optional<error> last_error = {};
  /// What holds it up right now, and is tried again for as long as it takes: a full disk or, of an
  /// outbox, a receiver that is away.
  std::optional<error> waiting_for = {};
  /// Events that it has passed over because they could not be applied, since the process started.
  std::uint64_t events_skipped = 0;
  /// Dead letters that there are now, and of how many sequence keys. They are not behind.
  std::uint64_t events_parked = 0;
  std::uint64_t keys_parked = 0;
  /// How often it has started again by itself after a stop, since the process started.
  std::uint64_t restarts = 0;
};

}  // namespace cairn

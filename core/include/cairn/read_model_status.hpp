#pragma once

#include "cairn/error.hpp"
#include "cairn/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

/// How a copy of a read model is doing that is built beside the one that serves.
struct rebuild_status {
  enum class phase : std::uint8_t {
    applying,     ///< On its way to the end of the journal.
    paused,       ///< Stands still, since the read model is paused.
    taking_over,  ///< At the end, and about to take the place of the one that serves.
    stopped,      ///< On an error: see stopped_on. rebuild() or resume() goes on, cancel_rebuild()
                  ///< gives it up.
  };

  /// Of the read model that is built: higher than that of the one that serves, when the program has
  /// a new version.
  std::uint32_t version = 0;
  phase now = phase::applying;
  /// As of read_model_status, of the copy.
  std::vector<position> checkpoints = {};
  std::uint64_t events_behind = 0;
  std::chrono::nanoseconds time_behind{0};
  std::uint64_t events_applied = 0;
  std::uint64_t events_skipped = 0;
  std::uint64_t events_parked = 0;
  std::optional<error> stopped_on = {};
  std::optional<error> last_error = {};
};

/// What a call of rebuild() has come to.
enum class rebuild_answer : std::uint8_t {
  begun,      ///< A copy is built from now on.
  under_way,  ///< One is being built already.
  retried,    ///< One was, had stopped, and goes on.
};

/// How a read model is doing: the copy that serves.
struct read_model_status {
  enum class phase : std::uint8_t {
    rebuilding,  ///< Started from nothing, and has not yet what was stored before that.
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
  /// The copy that is being built beside it, if there is one.
  std::optional<rebuild_status> rebuild = {};
  /// Of a read model in parts (read_model_options::slices): each of them. What stands above is then
  /// that of the part that is worst off, and the sums of all.
  std::vector<read_model_status> parts = {};
};

}  // namespace cairn

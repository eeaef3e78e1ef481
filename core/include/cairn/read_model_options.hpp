#pragma once

#include "cairn/read_model_storage.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace cairn {

/// What becomes of an event that a read model cannot apply, once all attempts have failed.
enum class failure_policy : std::uint8_t {
  stop,  ///< The read model stops right before it.
  skip,  ///< It is passed over: counted, logged, and lost to this read model until a rebuild.
  park,  ///< It becomes a dead letter, and so do all later events of its sequence key, in order.
};

/// How long a read model that has stopped waits before it starts again: `first` after a stop behind
/// which it has come further, twice as long after each one that follows without, at most `longest`;
/// each time up to a fifth more or less.
struct restart_pause {
  std::chrono::nanoseconds first = std::chrono::seconds{3};
  std::chrono::nanoseconds longest = std::chrono::seconds{30};
};

/// Settings of one read model.
struct read_model_options {
  /// How often an event is tried before `on_failure` decides; at least 1. A model in memory whose
  /// `apply` throws does not try again under `stop`.
  std::uint32_t attempts = 4;
  /// Before the second attempt; doubles with each further one, up to five seconds. Not negative.
  std::chrono::nanoseconds retry_delay = std::chrono::milliseconds{50};
  failure_policy on_failure = failure_policy::stop;
  /// Starts a read model again that has stopped, whatever it has stopped on. Nothing: it stays
  /// stopped until somebody resumes or resets it, or the process starts again. Pauses not negative.
  std::optional<restart_pause> restart = {};
  /// Dead letters: of how many sequence keys, and how many of each; at least 1. One more stops the
  /// read model right before that event (overloaded).
  std::uint32_t parked_keys_max = 1'024;
  std::uint32_t parked_per_key_max = 1'024;
  /// Commands that are sent with `.wait_for = cairn::strong` are answered when this read model
  /// shows them, or say that it does not (outcome::late). It then applies what is durable at once,
  /// without lingering for more (read_models.linger): more transactions, less delay.
  bool strong = false;
  /// Empty: the store's own directory, or memory for a runtime in memory. The model is the same
  /// wherever it is stored; another place, as a new version, is built anew.
  read_model_storage stored_in = {};
  /// In how many parts it is kept: 1, 2, 4, ... 64. Each part has a thread, and takes the events of
  /// the aggregates in its slices. More than 1 needs a read model that can be asked in parts: with
  /// `merge` or `route`, see merges_answers.
  std::uint32_t slices = 1;
};

}  // namespace cairn

#pragma once

#include "cairn/actors/executor.hpp"
#include "cairn/clock.hpp"
#include "cairn/detail/erased_process_manager.hpp"
#include "cairn/log.hpp"
#include "cairn/persistence/journal.hpp"
#include "cairn/persistence/views.hpp"
#include "cairn/process_manager_options.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn::actors {

/// Runs one process manager: folds events into its instances, sends the commands that this leads
/// to, takes their answers, and fires timers.
///
/// Whatever an event, an answer or a timer leads to (state, commands, timers, and for events the
/// checkpoint) is one transaction. Commands are sent after it, with ids made from what led to them:
/// what a crash repeats is sent under the same id, so it takes effect once. Those of an instance
/// are sent one after the other, those of different instances side by side.
///
/// Timers fire by the wall clock, once everything that was durable when they became due has been
/// folded: a stored cancellation comes first.
///
/// Everything but start and stop: any thread.
class process_manager_runner : public detail::process_manager_access {
 public:
  /// Sends a message to an aggregate of the type with this key. Takes it over and answers it in any
  /// case, possibly before it returns. Must not block.
  using sender = std::function<void(const void* target_key, detail::command_message* message)>;

  struct options {
    process_manager_options user = {};
    /// In one transaction, about: events.
    std::uint32_t batch_events = 10'000;
    log_sink log = silent_log();
  };

  /// Begins to follow the journals and to send what is stored. Once.
  /// @pre the journals are open; `on` outlives this
  [[nodiscard]] virtual result<void> start(executor& on) = 0;

  /// There may be more in a journal. To be called by each journal's on_group. Cheap, never blocks.
  virtual void hint() noexcept = 0;

  /// Stores what has been answered, and ends. Commands without an answer are sent again after the
  /// next start. Blocks meanwhile.
  virtual void stop() = 0;
};

/// The tables that the view of a process manager must have.
[[nodiscard]] std::vector<std::string> process_manager_tables();

/// Dropping it without stop() ends it as a crash would. The order of `journals` is that of
/// partitions.
/// @pre `type`, `journals` and `time` outlive it; no journal calls hint() any more when it is
/// dropped; `send` may be called until stop() has returned
[[nodiscard]] std::unique_ptr<process_manager_runner> make_process_manager_runner(
    const detail::process_manager_type& type,
    std::vector<persistence::journal*> journals,
    std::shared_ptr<persistence::view> view,
    const clock& time,
    process_manager_runner::sender send,
    process_manager_runner::options settings);

}  // namespace cairn::actors

#pragma once

#include "cairn/actors/executor.hpp"
#include "cairn/clock.hpp"
#include "cairn/detail/erased_read_model.hpp"
#include "cairn/detail/read_model_access.hpp"
#include "cairn/detail/read_model_controls.hpp"
#include "cairn/log.hpp"
#include "cairn/persistence/journal.hpp"
#include "cairn/persistence/views.hpp"
#include "cairn/read_model_options.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn::actors {

/// Feeds one read model with the events that it wants, each exactly once, in the order of the
/// journal, and lets queries wait for it.
///
/// Tables: the rows of a batch and the checkpoint are one transaction, so a crash at any moment
/// loses and repeats nothing. In memory: state and checkpoint are saved together now and then, and
/// the rest is read again after a start.
///
/// An event that cannot be applied is tried again, with a growing delay; then the policy says
/// whether the read model stops, right before that event, and says so, or passes it over, or parks
/// it as a dead letter together with all later events of its sequence key; others go on. When
/// `apply` of a model in memory has *thrown*, the state may be half changed: that is never shown or
/// saved. Such a model stops at once, or, where it is to go on, it goes back to the last saved
/// state and reads from there again, without what it has passed over, before any query sees it. A
/// full disk stops nobody: it is tried again for as long as it takes.
///
/// Dead letters of tables are rows of a hidden table, in the transaction of the batch that parks
/// them; those of a model in memory are saved with its state, so that after a crash the events
/// behind it are tried, and parked, again.
///
/// Everything but start and stop: any thread.
class read_model_runner : public detail::read_model_access, public detail::read_model_controls {
 public:
  struct options {
    /// In one transaction, about: whole blocks are read.
    std::uint32_t batch_events = 10'000;
    /// Between two transactions under load, unless somebody waits for a position. Tables only.
    std::chrono::nanoseconds linger = std::chrono::milliseconds{20};
    /// Events between two snapshots of a model in memory; 0: none.
    std::uint32_t snapshot_every = 100'000;
    /// Before the first repeat; doubles with each.
    std::chrono::nanoseconds retry_delay = std::chrono::milliseconds{50};
    log_sink log = silent_log();
    /// For tests: hint() does nothing.
    bool ignore_hints = false;
    /// See read_model_options.
    std::uint32_t attempts = 4;
    failure_policy on_failure = failure_policy::stop;
    std::optional<restart_pause> restart = {};
    std::uint32_t parked_keys_max = 1'024;
    std::uint32_t parked_per_key_max = 1'024;
    /// Of a model that hands its events over: so many in one transaction at most, and of their
    /// payloads so many bytes, where one event is always let through. 0: no other limits than
    /// batch_events; then commits are not divided.
    std::uint32_t applied_max = 0;
    std::uint64_t applied_bytes_max = 0;
    /// Tables only: when nothing of the model is stored, it begins behind what is durable.
    bool from_now = false;
    /// While a copy is built beside another one: of the time of its thread it takes so many
    /// hundredths, and lets others have the rest. 1 to 100.
    std::uint32_t rebuild_percent = 100;
    /// As whom its user code is known (read_model_at_work), when it is a part of another one.
    const read_model_runner* face = nullptr;
  };

  [[nodiscard]] read_model_status status() const override = 0;

  /// Reads how far the model has come and begins to follow the journals. What is stored but cannot
  /// be used (damaged, of another schema, ahead of the journal) is thrown away with a warning.
  /// Once.
  /// @pre the journals are open; `on` outlives this
  [[nodiscard]] virtual result<void> start(executor& on) = 0;

  /// There may be more in a journal. Cheap, never blocks. Only a hint: one that is lost costs time,
  /// and the next one, or a query that waits, makes up for it. To be called by each journal's
  /// on_group.
  virtual void hint() noexcept = 0;

  /// Calls `told` once: with nothing when queries show everything up to `at`, otherwise with what
  /// refuses them: stopped, shutting_down. By a thread that keeps nobody from querying, possibly
  /// before this returns. `told` must not block. Hurries the model on. Does not block.
  /// Returns a ticket for forget(); 0: it has been called. @pre there is such a partition
  virtual std::uint64_t when_shown(position at,
                                   std::function<void(const std::optional<error>&)> told) = 0;
  /// `told` is not to be called any more. It may just be on its way all the same.
  virtual void forget(position at, std::uint64_t ticket) = 0;

  /// Finishes the batch that is being applied, saves the checkpoint and what is in memory, and
  /// ends. Queries that wait are answered with shutting_down. Blocks meanwhile.
  virtual void stop() = 0;
};

/// Whose user code (`apply`, applying::after_commit) this thread is in; null: none's. Such code
/// must not wait for its own read model: it would wait for itself.
[[nodiscard]] const read_model_runner* read_model_at_work() noexcept;

/// Dropping it without stop() ends it as a crash would. The order of `journals` is that of
/// partitions.
/// @pre `type`, `journals` and `time` outlive it; no journal calls hint() any more when it is
/// dropped
[[nodiscard]] std::unique_ptr<read_model_runner> make_read_model_runner(
    const detail::read_model_type& type,
    std::vector<persistence::journal*> journals,
    std::shared_ptr<persistence::view> view,
    const clock& time,
    read_model_runner::options settings);

/// The same with views from a shelf, so that the read model can be built anew beside itself: one
/// copy serves, another one may be under way, and takes its place once it is exactly as far. Which
/// of the stored views serves is found here: the newest one that has ever taken over; otherwise the
/// one of the former version that `type` names, if there is one; otherwise the oldest. A newer one
/// that has not goes on being built. Errors as of view_shelf.
/// @pre also `shelf` is not null
[[nodiscard]] result<std::unique_ptr<read_model_runner>> make_rebuildable_read_model(
    const detail::read_model_type& type,
    std::vector<persistence::journal*> journals,
    std::unique_ptr<persistence::view_shelf> shelf,
    const clock& time,
    read_model_runner::options settings);

/// Gives the views of what has this name.
using shelf_source = std::function<std::unique_ptr<persistence::view_shelf>(std::string name)>;

/// The same in so many parts, each of which wants the events of as many slices, and has views under
/// a name of its own. Cannot be watched.
/// @pre `count` is a power of two, from 2 to slice_count
[[nodiscard]] result<std::unique_ptr<read_model_runner>> make_read_model_in_parts(
    const detail::read_model_type& type,
    std::uint32_t count,
    const std::vector<persistence::journal*>& journals,
    const shelf_source& shelves,
    const clock& time,
    const read_model_runner::options& settings);

}  // namespace cairn::actors

#pragma once

#include "cairn/actors/executor.hpp"
#include "cairn/actors/recovery.hpp"
#include "cairn/clock.hpp"
#include "cairn/detail/command_message.hpp"
#include "cairn/detail/mpsc_queue.hpp"
#include "cairn/persistence/burst.hpp"
#include "cairn/persistence/journal.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cairn::actors {

/// Which aggregate sleeps first when too many are awake.
enum class replacement_policy : std::uint8_t {
  lru,            ///< The one used longest ago.
  mru,            ///< The one used last, but for the very last one: for work in rounds.
  lfu,            ///< The one used least often; old uses count less and less.
  segmented_lru,  ///< The one used longest ago of those used once.
  w_tiny_lfu,     ///< One that is new, unless it has been used more often than one that is not.
};

/// Shares are shares of those that are awake.
struct replacement_options {
  replacement_policy policy = replacement_policy::lru;
  /// Of segmented_lru, and of what lies behind the window of w_tiny_lfu. At least 2, at most 8.
  std::uint32_t levels = 2;
  /// All levels above the lowest one together, in equal parts. Below 100.
  std::uint32_t protected_percent = 80;
  /// The window of w_tiny_lfu. Where it adapts: at first. Below 100.
  std::uint32_t window_percent = 1;
  bool window_adapts = true;
};

struct host_options {
  std::uint32_t commands_per_aggregate_max = 4096;
  std::uint32_t awake_aggregates_max = 100'000;
  /// At least 1 ms.
  std::chrono::milliseconds sleep_after{120'000};
  std::uint64_t event_bytes_max = std::uint64_t{1} << 20U;
  std::uint32_t commit_events_max = 4096;
  std::uint64_t commit_bytes_max = std::uint64_t{16} << 20U;
  /// Events between two snapshots; 0: none are taken.
  std::uint32_t snapshot_every = 0;
  /// Snapshots kept beside the newest one, in steps of snapshot_every.
  std::uint32_t snapshots_kept = 2;
  /// Events up to the oldest snapshot kept are hidden from readers.
  bool hide_events = false;
  /// Commands that an aggregate may set aside.
  std::uint32_t stash_max = 500;
  /// Memory of all awake aggregates of the host, about; 0: not bounded by bytes.
  std::uint64_t awake_bytes_max = 0;
  /// Who sleeps first when there are too many, by number or by bytes.
  replacement_options replacement = {};
  /// An aggregate that cannot be read is tried again so often, with growing pauses, before its
  /// commands are answered with the reason.
  std::uint32_t wake_attempts_max = 3;
  std::chrono::milliseconds wake_pause_first{100};
  std::chrono::milliseconds wake_pause_max{10'000};
};

/// Figures since the start; any thread may read them at any time.
struct host_counters {
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> bursts{0};
  std::atomic<std::uint64_t> woken{0};
  std::atomic<std::uint64_t> put_to_sleep{0};
  std::atomic<std::uint64_t> awake{0};
  /// Memory of those awake, about; counted only where it is bounded.
  std::atomic<std::uint64_t> awake_bytes{0};
  std::atomic<std::uint64_t> unhandled{0};
};

/// An aggregate that cannot take commands, and why.
struct aside_aggregate {
  std::string aggregate_id;
  error why;
};

class atomic_commit;
struct loan;

/// Where many aggregates of one type live: their mailboxes, their states, one command at a time
/// each.
///
/// The unit of scheduling: a strand runs it when commands have come in. It takes all that is there,
/// decides them on the newest states, and gives everything that was decided to the writer as one
/// burst, without waiting for the disk. A state is therefore ahead of the disk; no answer is: each
/// is held back until everything that it was decided on is durable. When a group fails, the states
/// that rest on it are read again, and commands that were decided on them, but not in that group,
/// are decided again.
///
/// send(): any thread. Everything else: while no other thread uses it.
class host {
 public:
  struct surroundings {
    const detail::aggregate_type* type = nullptr;
    persistence::name_number type_name = 0;
    persistence::name_number first_event_name = 0;
    persistence::journal* journal = nullptr;
    recovery_pool* recovery = nullptr;
    /// Not null.
    const cairn::clock* clock = nullptr;
    /// Null: what goes wrong with snapshots is not told.
    const log_sink* log = nullptr;
    /// Atomic commits borrow from hosts in the order of their numbers. Those of the same number are
    /// in the order of their addresses.
    std::uint32_t number = 0;
  };

  host(surroundings around, host_options settings);
  host(const host&) = delete;
  host& operator=(const host&) = delete;
  /// As abandon().
  ~host();

  /// Makes the host run on `where`. @pre not yet attached
  void attach(executor& where);
  /// Returns once the host does not run any more. What is sent afterwards waits for the destructor.
  void detach();

  /// Answers everything that is still here with shutting_down. Atomic commits then give back to
  /// other hosts what they have lent, so all hosts of a runtime do this before the first one goes.
  /// @pre the strand, the recovery pool and the journal have stopped
  void abandon();

  /// Takes the message over. Does not block.
  void send(detail::command_message* message);
  /// Takes a chain of `next`-linked messages, newest first.
  void send_chain(detail::command_message* newest, detail::command_message* oldest);

  /// Takes back what it has lent to an atomic commit. Any thread. Does not block.
  void take_back(std::unique_ptr<loan> what);

  [[nodiscard]] std::uint32_t number() const noexcept;
  [[nodiscard]] const host_counters& counters() const noexcept;
  /// Those put aside at present. Any thread.
  [[nodiscard]] std::vector<aside_aggregate> aside() const;

 private:
  class body;
  std::unique_ptr<body> body_;
};

}  // namespace cairn::actors

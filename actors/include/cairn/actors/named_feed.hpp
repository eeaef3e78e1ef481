#pragma once

#include "cairn/actors/delivery_window.hpp"
#include "cairn/actors/executor.hpp"
#include "cairn/clock.hpp"
#include "cairn/log.hpp"
#include "cairn/persistence/views.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cairn::actors {

/// Events that a subscription is about, in order within each partition.
struct subscription_page {
  std::vector<recorded_event> events;
  /// For each partition, everything up to this offset has been looked at.
  std::vector<std::uint64_t> reached;
  /// Nothing more was durable.
  bool at_end = false;
};

/// Where a durable subscription reads. Called by one thread at a time. May block for reading.
class subscription_source {
 public:
  subscription_source() = default;
  subscription_source(const subscription_source&) = delete;
  subscription_source& operator=(const subscription_source&) = delete;
  virtual ~subscription_source() = default;

  /// Where the subscription begins when it is new. Errors as of `read`.
  [[nodiscard]] virtual result<std::vector<std::uint64_t>> start() = 0;
  /// At most `max` events behind these offsets; a bounded amount of work.
  /// timed_out: not now; it may be tried again. shutting_down.
  [[nodiscard]] virtual result<subscription_page> read(const std::vector<std::uint64_t>& behind,
                                                       std::uint32_t max) = 0;
  /// not_found: it is hidden, or was never there.
  [[nodiscard]] virtual result<recorded_event> at(const position& where) = 0;
};

/// A durable subscription: reads ahead, hands events to consumers, and stores what has become of
/// them. The window decides; this is its threads and its disk.
///
/// What consumers say is stored by the strand, many answers in one transaction, at most every
/// `linger`; a crash before that delivers those events again. Any thread, but for start and stop.
class named_feed {
 public:
  using consumer_id = delivery_window::consumer_id;

  struct options {
    std::string name = {};
    delivery_window::settings window = {};
    /// Null: events have no keys. @pre it is there exactly when window.keyed
    std::function<std::string(const recorded_event&)> key = {};
    /// Between two transactions.
    std::chrono::nanoseconds linger = std::chrono::milliseconds{20};
    /// Events that are not meant, after which the checkpoint is stored for their sake.
    std::uint64_t progress_every = 10'000;
    /// The journal is looked at so often without a hint; 0: never.
    std::chrono::nanoseconds look_every = std::chrono::seconds{1};
    log_sink log = silent_log();
  };

  struct parked_event {
    position at;
    parked_note note;
  };

  struct status {
    std::vector<std::uint64_t> reached;
    delivery_window::counts window;
    std::size_t consumers = 0;
    std::optional<error> why_ended;
  };

  /// The tables of its view.
  [[nodiscard]] static std::vector<std::string> table_names();

  /// @pre `time` outlives it
  named_feed(options settings,
             std::shared_ptr<subscription_source> source,
             std::shared_ptr<persistence::view> view,
             const clock& time);
  named_feed(const named_feed&) = delete;
  named_feed& operator=(const named_feed&) = delete;
  /// Ends as a crash would, unless it has been stopped.
  ~named_feed();

  /// Reads what is stored and begins. Once. Blocks for reading and about one disk sync. Errors of
  /// the source, and of the store. @pre `on` outlives stop()
  [[nodiscard]] result<void> start(executor& on);
  /// There may be more to read. Never blocks for long.
  void hint() noexcept;
  /// Answers whoever waits with shutting_down; nobody gets anything any more. Does not block.
  void close() noexcept;
  /// close(), then ends the strand and stores what is left to be stored. Blocks meanwhile.
  void stop();

  /// overloaded: consumers_max. bad_input. shutting_down, or what the subscription has ended with.
  /// @param wake called when there may be something for it; must not block. May be null
  [[nodiscard]] result<consumer_id> join(std::uint32_t credit, std::function<void()> wake);
  /// What it has not answered for goes to others. Afterwards its `wake` is not called any more.
  void leave(consumer_id who);

  /// Blocks until there is an event for this consumer, at most `timeout` by the machine's clock:
  /// then nothing. From within a strand's run: with a timeout of 0 only. stopped: it has left.
  /// shutting_down, or what the subscription has ended with.
  [[nodiscard]] result<std::optional<delivery_window::handed_out>> next(
      consumer_id who, std::chrono::nanoseconds timeout);
  /// As delivery_window::settle. Does not wait for the disk: see flush().
  [[nodiscard]] result<void> settle(const delivery_window::token& which, const verdict& what);

  /// Blocks until everything that was settled is durable. store_full, storage_failed: it is not,
  /// and is tried again later. shutting_down.
  [[nodiscard]] result<void> flush();

  /// At most `max` of those that were put aside, from `first` on, in order. Those that are being
  /// replayed are among them. Errors as of flush(), corrupt.
  [[nodiscard]] result<std::vector<parked_event>> parked(const position& first, std::size_t max);
  /// It is delivered once more, with all its attempts. not_found: it is not parked, or cannot be
  /// read any more. overloaded. Errors as of flush().
  [[nodiscard]] result<void> replay(const position& at);
  /// It is forgotten. not_found: it is not parked. Errors as of flush().
  [[nodiscard]] result<void> discard(const position& at);

  [[nodiscard]] status now() const;

 private:
  using time_point = delivery_window::time_point;

  // Strand.
  void run();
  void store_when_due(time_point now);
  /// Reads what there is room for. True: there may be more.
  [[nodiscard]] bool fill();
  void set_timer(time_point when, time_point now);

  [[nodiscard]] result<void> load();
  [[nodiscard]] result<void> begin_anew();
  [[nodiscard]] result<std::optional<parked_note>> find_parked(const position& at);
  [[nodiscard]] result<void> store_now();
  [[nodiscard]] result<void> store(const delivery_window::changes& what);
  [[nodiscard]] result<std::string> key_of(const recorded_event& event) const;
  [[nodiscard]] std::optional<error> refusal_locked() const;
  void end(error why);
  /// @pre mutex_ is held
  void tell_consumers();
  void wake_strand() noexcept;
  void end_strand();

  const options settings_;
  const std::shared_ptr<subscription_source> source_;
  const clock& time_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<delivery_window> window_;
  std::map<consumer_id, std::function<void()>> wakes_;
  bool closed_ = false;
  std::optional<error> why_ended_;

  /// One transaction at a time, from taking the changes to having stored them; before mutex_.
  std::mutex storing_;
  std::shared_ptr<persistence::view> view_;

  // Strand.
  std::vector<std::uint64_t> read_up_to_;
  time_point store_at_{};
  time_point read_at_{};
  time_point timer_at_{};
  unsigned failures_ = 0;

  /// Only when the executor has no threads: whoever would wait runs it.
  executor* runs_on_ = nullptr;
  /// Innermost.
  std::mutex strand_mutex_;
  std::unique_ptr<strand> strand_;
  std::shared_ptr<void> clock_moved_;
};

}  // namespace cairn::actors

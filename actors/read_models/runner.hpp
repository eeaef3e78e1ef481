#pragma once

#include "read_models/feeder.hpp"
#include "read_models/gate.hpp"
#include "read_models/open_batch.hpp"
#include "read_models/pace.hpp"
#include "read_models/progress.hpp"

#include "cairn/actors/read_model_runner.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace cairn::actors {

/// The runner of one read model. What is marked "strand" is touched by the strand alone, and by
/// start() and stop() while the strand does not run.
class runner final : public read_model_runner {
 public:
  runner(const detail::read_model_type& type,
         std::vector<persistence::journal*> journals,
         std::shared_ptr<persistence::view> view,
         const clock& time,
         options settings);
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;
  ~runner() override;

  result<void> start(executor& on) override;
  void hint() noexcept override;
  void stop() override;

  result<void> wait_for(std::span<const position> all_of,
                        bool caught_up,
                        std::chrono::nanoseconds timeout) override;
  result<void> look(const std::function<void(const void*)>& look) const override;
  std::vector<position> checkpoints() const override;
  read_model_status status() const override;

 private:
  using time_point = pace::time_point;
  using cursors = std::vector<persistence::log_cursor>;

  /// What went wrong last in a partition. Until it is time to try again, its batches end before
  /// that event; what is before it is stored, and other partitions go on.
  struct trouble {
    std::uint64_t offset = feeder::no_end;
    unsigned attempts = 0;
    time_point retry_at{};
  };

  // runner_start.cpp
  [[nodiscard]] result<persistence::checkpoint_list> stored_checkpoints();
  [[nodiscard]] result<persistence::checkpoint_list> restored_checkpoints();
  [[nodiscard]] result<persistence::checkpoint_list> start_over(std::string_view why);
  [[nodiscard]] std::optional<std::string> ahead_of_journal(
      const persistence::checkpoint_list& reached) const;

  // runner.cpp
  void run();
  void hold(time_point until, time_point now);
  void set_timer(time_point when, time_point now);
  void run_batch(time_point now);
  [[nodiscard]] result<void> reload();
  [[nodiscard]] std::optional<feed_failure> feed(cursors& at, open_batch& batch, time_point now);
  void finish_tables(const cursors& at,
                     open_batch& batch,
                     const std::optional<feed_failure>& failed);
  void finish_memory(const cursors& at,
                     open_batch& batch,
                     const std::optional<feed_failure>& failed);
  void pass(const cursors& at, std::uint64_t newly_applied);
  void after_batch();
  /// Where the partition's batches end for now.
  [[nodiscard]] std::uint64_t end_of(std::size_t partition, time_point now) const;
  /// Events that can be fed now.
  [[nodiscard]] std::uint64_t backlog(time_point now) const;
  /// When the first partition that is held back may go on.
  [[nodiscard]] std::optional<time_point> next_retry(time_point now) const;
  [[nodiscard]] static persistence::checkpoint_list applied(const cursors& at);

  // runner_trouble.cpp
  void on_failure(const feed_failure& failed);
  void on_storage_failure(const error& why);
  void stop_on(const feed_failure& failed);

  // runner_start.cpp
  void save_snapshot();
  void save_checkpoint();

  /// Ends the strand and waits for those who are inside.
  void end();

  // runner_queries.cpp
  void wake_if_started() const;
  void describe_lag(read_model_status& known) const;
  [[nodiscard]] std::optional<timestamp> time_after(const persistence::journal& from,
                                                    std::uint64_t offset) const;

  [[nodiscard]] std::string label() const {
    return "read model " + std::string{type_.name()} + ", version " +
           std::to_string(type_.version());
  }
  void log(log_level level, std::string_view what) const {
    settings_.log(level, label() + ": " + std::string{what});
  }

  const detail::read_model_type& type_;
  const std::vector<persistence::journal*> journals_;
  /// Null once stopped.
  std::shared_ptr<persistence::view> view_;
  const clock& time_;
  const options settings_;
  const std::unique_ptr<detail::read_model_fold> fold_;
  progress progress_;

  // Strand.
  feeder feeder_;
  pace pace_;
  cursors cursors_;
  std::size_t first_turn_ = 0;
  std::vector<trouble> troubles_;
  unsigned storage_attempts_ = 0;
  /// Where the cursors are is to be read again: a commit has failed.
  bool reload_ = false;
  /// Events passed since the last snapshot, or without a stored checkpoint.
  std::uint64_t unsaved_ = 0;
  /// `apply` has thrown half way: the state in memory is not what any journal says.
  bool harmed_ = false;
  persistence::checkpoint_list goal_at_start_;
  bool caught_up_once_ = false;
  time_point timer_at_{};

  /// Bits: something may be there; no wake is needed, since a timer is set.
  static constexpr unsigned hinted = 1;
  static constexpr unsigned holding = 2;
  std::atomic<unsigned> flags_{0};
  executor* runs_on_ = nullptr;
  std::unique_ptr<strand> strand_;
  /// strand_ while it can be woken.
  std::atomic<strand*> awake_{nullptr};
  std::shared_ptr<void> clock_moved_;
  /// For everybody but the strand: stop() takes away what is used inside.
  mutable gate gate_;
};

}  // namespace cairn::actors

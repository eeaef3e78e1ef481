#pragma once

#include "process_managers/answer_box.hpp"
#include "process_managers/committed_view.hpp"
#include "process_managers/manager_feed.hpp"
#include "process_managers/manager_steps.hpp"
#include "process_managers/outbox_window.hpp"
#include "read_models/gate.hpp"

#include "cairn/actors/process_manager_runner.hpp"
#include "cairn/actors/read_model_runner.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cairn::actors {

/// The runner of one process manager. A read model's runner (`feed_`) folds the events; a strand of
/// its own sends commands, takes answers and fires timers. Both store by the same view, which lets
/// one of them in at a time. What is marked "strand" is touched by that strand alone, and by
/// start() and stop() while it does not run.
class manager_runner final : public process_manager_runner {
 public:
  manager_runner(const detail::process_manager_type& type,
                 std::vector<persistence::journal*> journals,
                 std::shared_ptr<persistence::view> view,
                 const clock& time,
                 sender send,
                 options settings);
  manager_runner(const manager_runner&) = delete;
  manager_runner& operator=(const manager_runner&) = delete;
  ~manager_runner() override;

  result<void> start(executor& on) override;
  void hint() noexcept override { feed_->hint(); }
  void stop() override;

  result<process_manager_status> status() const override;
  result<std::optional<std::string>> state_of(std::string_view instance) const override;
  result<std::vector<failed_step>> failed_steps(std::uint64_t from, std::size_t max) const override;
  result<void> settle(std::chrono::nanoseconds timeout) override;

 private:
  using time_point = outbox_window::time_point;

  /// What becomes of an answer once its transaction is stored.
  struct verdict {
    enum class kind : std::uint8_t { over, again, undecided };
    kind what = kind::over;
    /// again: when the command is sent.
    time_point when{};
  };

  // manager_runner.cpp
  [[nodiscard]] result<void> begin_now();
  void run();
  void work();
  [[nodiscard]] bool look();
  void plan();
  void set_timer(time_point when, time_point now);
  /// @param save what the feed has passed over
  void end(bool save);
  [[nodiscard]] bool is_settled() const;
  void halt(error why);
  [[nodiscard]] std::optional<error> halted() const;
  void on_storage_failure(const error& why);
  [[nodiscard]] std::chrono::nanoseconds delay_after(unsigned attempts) const;

  // manager_sending.cpp
  void send_ready();
  void send(const outbox_window::place& to, const command_row& row);

  // manager_answers.cpp
  [[nodiscard]] bool has_answer_due(time_point now) const;
  void step_batch(bool fire);
  [[nodiscard]] verdict judge(command_answer& answer, time_point now);
  [[nodiscard]] verdict on_failed_answer(command_answer& answer,
                                         const command_row& row,
                                         time_point now);
  [[nodiscard]] verdict tell(command_answer& answer, const command_row& row, time_point now);
  [[nodiscard]] verdict leave_out(const command_answer& answer,
                                  const command_row& row,
                                  process_manager_options::policy how,
                                  error why);
  void catch_up(const std::string& instance);
  [[nodiscard]] bool timers_may_fire();
  void fire_timers();
  void on_timer_failure(const timer_key& key, const timer_row& row, const error& why);

  // manager_queries.cpp
  template <class Read> [[nodiscard]] auto reading(Read&& read) const;
  [[nodiscard]] error not_in_time() const;

  [[nodiscard]] std::string label() const { return "process manager " + std::string{type_.name()}; }
  void log(log_level level, std::string_view what) const {
    settings_.log(level, label() + ": " + std::string{what});
  }

  const detail::process_manager_type& type_;
  const std::vector<persistence::journal*> journals_;
  const clock& time_;
  const sender send_;
  const options settings_;
  /// What timers go by.
  const clock& timer_time_;
  const manager_as_model model_;
  /// Also wakes the strand for everybody else.
  const std::shared_ptr<answer_box> box_ = std::make_shared<answer_box>();
  /// Null once stopped.
  std::shared_ptr<committed_view> view_;
  std::unique_ptr<read_model_runner> feed_;

  // Strand.
  manager_steps steps_;
  outbox_window window_;
  std::deque<command_answer> answers_;
  /// More commands are stored than are held.
  bool more_to_load_ = false;
  std::optional<timestamp> next_due_;
  /// The timers that are due by `fire_up_to_` may fire once this has been folded.
  std::optional<persistence::checkpoint_list> goal_;
  timestamp fire_up_to_;
  time_point timers_held_until_{};
  std::map<timer_key, unsigned> timer_attempts_;
  /// What an earlier run has left waiting has been looked at.
  bool caught_up_at_start_ = false;
  time_point storage_retry_at_{};
  unsigned storage_attempts_ = 0;
  time_point timer_at_{};
  /// What is to stop the manager once the transaction is stored.
  std::optional<error> halt_after_;

  // Any thread.
  /// Something has been stored that the strand has not looked at.
  std::atomic<bool> changed_{true};
  std::atomic<std::uint64_t> in_flight_{0};
  mutable std::mutex mutex_;
  mutable std::condition_variable settled_changed_;
  std::optional<error> halted_;
  /// Runs of the strand that have begun, and the newest one that found nothing left to do.
  std::uint64_t begun_ = 0;
  std::uint64_t settled_ = 0;
  bool closed_ = false;
  mutable gate gate_;

  executor* runs_on_ = nullptr;
  std::unique_ptr<strand> strand_;
  std::shared_ptr<void> clock_moved_;
  std::shared_ptr<void> timer_clock_moved_;
};

}  // namespace cairn::actors

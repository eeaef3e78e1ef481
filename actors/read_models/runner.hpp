#pragma once

#include "read_models/control_queue.hpp"
#include "read_models/copy_role.hpp"
#include "read_models/feeder.hpp"
#include "read_models/gate.hpp"
#include "read_models/letter_box.hpp"
#include "read_models/open_batch.hpp"
#include "read_models/pace.hpp"
#include "read_models/progress.hpp"
#include "read_models/sorters.hpp"
#include "read_models/watch_hub.hpp"

#include "cairn/actors/read_model_runner.hpp"
#include "cairn/detail/hidden_tables.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::actors {

/// The row of the control table that is there while an operator has paused the model.
inline constexpr std::string_view paused_key = "paused";

/// The runner of one read model. What is marked "strand" is touched by the strand alone, and by
/// start() and stop() while the strand does not run.
class runner final : public read_model_runner {
 public:
  runner(const detail::read_model_type& type,
         std::vector<persistence::journal*> journals,
         std::shared_ptr<persistence::view> view,
         const clock& time,
         options settings,
         copy_role role = {});
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;
  ~runner() override;

  result<void> start(executor& on) override;
  void hint() noexcept override;
  void stop() override;

  result<void> wait_for(const detail::picture_demand& demand) override;
  result<void> look(const detail::picture_visit& who) const override;
  result<std::shared_ptr<detail::watcher>> watch(
      detail::watcher::options wish, const std::function<void(const void*)>& look) override;
  std::uint64_t when_shown(position at,
                           std::function<void(const std::optional<error>&)> told) override;
  void forget(position at, std::uint64_t ticket) override;
  std::vector<position> checkpoints() const override;
  read_model_status status() const override;

  result<void> pause() override;
  result<void> resume() override;
  result<void> reset() override;
  result<void> set_checkpoint(std::span<const position> to) override;
  result<rebuild_answer> rebuild() override;
  result<void> cancel_rebuild() override;
  result<std::vector<dead_letter>> dead_letters(const dead_letter_query& query) override;
  result<std::vector<dead_letter_count>> dead_letter_keys() override;
  result<dead_letter_report> retry_dead_letters(
      const std::optional<std::string>& sequence_key) override;
  result<std::uint64_t> discard_dead_letters(
      const std::optional<std::string>& sequence_key) override;
  result<void> discard_dead_letter(position one) override;

  // For whoever switches between copies. None of them blocks; what is asked is done between two
  // batches, and is forgotten when the runner ends before.

  using stood_callback = std::function<void(result<persistence::checkpoint_list>)>;

  /// Applies nothing any more, and says where it is: exactly there, also on disk. Then `told` is
  /// called by its strand.
  void stand_still(stood_callback told);
  /// Applies up to exactly these offsets, and nothing behind them. In a hurry.
  void go_to(persistence::checkpoint_list last);
  /// Applies what there is, as ever.
  void go_freely();
  /// Saves what it has in memory, so that little is read again after a start.
  void save_soon();
  /// Notes, durably, that it has taken over where it stands, and is no longer quiet. Then `told` is
  /// called by its strand. @pre it stands still, or has come where it was to go
  void take_over(std::function<void(result<void>)> told);
  /// Ends as a crash would, waits for those who are inside, and lets go of the view.
  void retire();
  /// What refuses queries, if something does.
  [[nodiscard]] std::optional<error> refusal() const { return progress_.refusal(); }
  [[nodiscard]] bool is_paused() const { return progress_.paused(); }

 private:
  using time_point = pace::time_point;
  using cursors = std::vector<persistence::log_cursor>;

  /// A state in memory that is known to be good.
  struct restore_point {
    byte_buffer state;
    persistence::checkpoint_list reached;
  };

  // runner_start.cpp
  [[nodiscard]] result<persistence::checkpoint_list> stored_checkpoints();
  [[nodiscard]] result<persistence::checkpoint_list> restored_checkpoints();
  [[nodiscard]] result<persistence::checkpoint_list> start_over(std::string_view why);
  [[nodiscard]] std::optional<std::string> ahead_of_journal(
      const persistence::checkpoint_list& reached) const;
  /// Of a model that begins with what is to come: `reached`, or the end of the journal if nothing
  /// of the model has ever been stored.
  [[nodiscard]] result<persistence::checkpoint_list> begin_now(
      const persistence::checkpoint_list& reached);

  // runner_copy.cpp
  [[nodiscard]] result<persistence::checkpoint_list> stand_still_now();
  [[nodiscard]] result<void> take_over_now();
  void in_strand_soon(std::function<void()> work);
  /// Notes that it begins from nothing, so that it is still known after a restart.
  void begin_building();
  void end_building();
  /// Lets others have the machine for a while, when it is quiet.
  void rest_after(std::chrono::nanoseconds batch, time_point now);

  // runner.cpp
  void run();
  void step();
  void hold(time_point until, time_point now);
  void set_timer(time_point when, time_point now);
  void run_batch(time_point now);
  [[nodiscard]] result<void> reload();
  /// Commits a batch of the view with this checkpoint, and remembers what is stored now.
  template <class Batch>
  [[nodiscard]] result<void> commit(Batch& batch, const persistence::checkpoint_list& reached) {
    auto done = batch.commit(reached);
    if (done) {
      stored_ = reached;
    } else if (!type_.in_memory()) {
      reload_ = true;
    }
    return done;
  }
  [[nodiscard]] std::optional<feed_failure> feed(cursors& at,
                                                 open_batch& batch,
                                                 time_point now,
                                                 event_sorter* sorter);
  /// What the batch has applied goes to whoever it is handed to.
  [[nodiscard]] std::optional<feed_failure> hand_over();
  void finish_tables(const cursors& at,
                     open_batch& batch,
                     const std::optional<feed_failure>& failed,
                     const std::vector<position>& skipped);
  void finish_memory(const cursors& at,
                     open_batch& batch,
                     const std::optional<feed_failure>& failed,
                     const std::vector<position>& skipped);
  // runner_effects.cpp
  /// Events up to there are replayed, also after a restart.
  [[nodiscard]] result<void> keep_replayed(const persistence::checkpoint_list& up_to);
  /// Finds out which events are replayed.
  void begin_effects();
  /// All events that there will ever be.
  [[nodiscard]] persistence::checkpoint_list everything() const;
  /// The same for a model that begins anew, or goes back.
  void begin_effects_anew();
  /// The batch is durable and shown: tells those who watch, and puts ready what is to be called.
  void release_effects();
  /// Calls that, once the batch is over.
  void call_released();
  /// What the batch left is forgotten: the state went back, and came again without it.
  void drop_effects();
  /// What is watched is no longer what it was.
  void end_watches(const error& why);

  void pass(const cursors& at, std::uint64_t newly_applied);
  void after_batch();
  /// Has what was durable at the start.
  [[nodiscard]] bool has_goal() const;
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
  void on_receiver_failure(const feed_failure& failed);
  /// Notes what holds the model up; how often it has now been tried in vain.
  unsigned held_up_by(const error& why);
  void stop_on(const feed_failure& failed);
  void halt(error why);
  /// Stops where a partition has come to the event that it cannot pass.
  void stop_where_due();
  [[nodiscard]] bool something_given_up() const;
  /// False: it stays stopped, for now.
  [[nodiscard]] bool starts_again(time_point now);
  [[nodiscard]] result<void> begin_again(bool by_itself);

  // runner_mend.cpp
  [[nodiscard]] result<void> mend(open_batch& batch);
  [[nodiscard]] result<void> replay_to_cursors(open_batch& batch);
  [[nodiscard]] result<persistence::checkpoint_list> go_back();
  void set_restore_point();
  void keep_state();

  // runner_letters.cpp
  [[nodiscard]] result<void> load_letters();
  /// Writes what the batch has parked into its tables.
  [[nodiscard]] result<void> put_letters(open_batch& batch);
  /// The batch is stored: tells what it has passed over.
  void passed_over(const std::vector<position>& skipped);
  void publish_letters() { progress_.parked(letters_.size(), letters_.keys()); }
  [[nodiscard]] result<void> discard(const std::vector<std::uint64_t>& numbers);
  /// Whether rows and letters may be changed from outside a batch.
  [[nodiscard]] result<void> ready_to_change();

  // runner_retry.cpp
  struct letter_failure {
    std::size_t index;
    feed_failure what;
  };
  [[nodiscard]] result<dead_letter_report> retry(const std::optional<std::string>& sequence_key);
  [[nodiscard]] result<void> retry_key(const std::string& key, dead_letter_report& report);
  [[nodiscard]] std::optional<letter_failure> apply_letters(const letter_box::queue& letters,
                                                            std::size_t count,
                                                            open_batch& batch);
  [[nodiscard]] result<void> store_retried(const letter_box::queue& letters,
                                           std::size_t good,
                                           const std::optional<std::string>& why,
                                           open_batch& batch);

  // runner_control.cpp
  [[nodiscard]] result<void> store_paused(bool paused);
  [[nodiscard]] result<void> pause_now();
  [[nodiscard]] result<void> resume_now();
  [[nodiscard]] result<void> reset_now();
  [[nodiscard]] result<void> move_to(std::span<const position> to);
  /// The model is at `reached` from now on, with nothing of what was before.
  void stand_at(const persistence::checkpoint_list& reached);
  /// Has the strand do it between two batches, and waits for that.
  template <class T> [[nodiscard]] result<T> in_strand(const std::function<result<T>()>& work) {
    const gate::stay inside{gate_};
    const error refused{error::code::shutting_down, "read model " + std::string{type_.name()}};
    if (!inside || runs_on_ == nullptr) return refused;
    std::optional<result<T>> answer;
    const bool done =
        jobs_.run([&] { answer.emplace(work()); }, *runs_on_, [this] { wake_if_started(); });
    if (!done) return refused;
    return *std::move(answer);
  }

  // runner_start.cpp
  /// False: the one before is still there.
  bool save_snapshot();
  void save_checkpoint();

  /// Ends the strand and waits for those who are inside.
  void end();

  // runner_queries.cpp
  void wake_if_started() const;
  void describe_lag(read_model_status& known) const;
  [[nodiscard]] std::optional<timestamp> time_after(const persistence::journal& from,
                                                    std::uint64_t offset) const;

  [[nodiscard]] const read_model_runner& face() const noexcept {
    return role_.face != nullptr ? *role_.face : *this;
  }
  [[nodiscard]] std::string label() const {
    return "read model " + std::string{type_.name()} + ", version " +
           std::to_string(type_.version()) + role_.suffix;
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
  /// Null: `apply` leaves nothing beside the model.
  detail::apply_effects* const effects_;
  progress progress_;
  const copy_role role_;
  const std::shared_ptr<watch_hub> watches_;

  // Strand.
  feeder feeder_;
  pace pace_;
  cursors cursors_;
  std::size_t first_turn_ = 0;
  std::vector<trouble> troubles_;
  /// In vain, at storing or at handing over.
  unsigned storage_attempts_ = 0;
  /// Where the cursors are is to be read again: a commit has failed, or the storage could not be
  /// reached.
  bool reload_ = false;
  /// The next batch is to find the event that the last one failed for.
  bool one_by_one_ = false;
  /// The checkpoint that has been stored last, as far as we know.
  persistence::checkpoint_list stored_;
  /// Events passed since the last snapshot, or without a stored checkpoint.
  std::uint64_t unsaved_ = 0;
  /// `apply` has thrown half way: the state in memory is not what any journal says.
  bool harmed_ = false;
  const detail::hidden_places places_;
  letter_box letters_;
  /// Of a model in memory that may have to go back: the newest state that is known to be good, when
  /// that is not the saved one; and what has been skipped since the newer of the two.
  std::optional<restore_point> restore_point_;
  std::vector<position> skipped_since_;
  bool paused_ = false;
  time_point restart_at_{};
  unsigned stops_in_row_ = 0;
  std::uint64_t passed_at_stop_ = 0;
  persistence::checkpoint_list goal_at_start_;
  /// What it must have to count as built: what was durable when it began from nothing.
  persistence::checkpoint_list built_goal_;
  bool building_noted_ = false;
  bool caught_up_once_ = false;
  /// Whoever asks sees this copy.
  bool serves_;
  /// It must not go beyond.
  std::optional<persistence::checkpoint_list> last_;
  /// Others have the machine until then.
  time_point rests_until_{};
  static constexpr std::chrono::seconds longest_rest{1};
  std::vector<std::function<void()>> released_code_;
  time_point timer_at_{};

  control_queue jobs_;
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

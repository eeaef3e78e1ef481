#pragma once

#include "read_models/runner.hpp"
#include "read_models/watch_hub.hpp"

#include "cairn/actors/read_model_runner.hpp"
#include "cairn/persistence/views.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

// A read model with a copy that serves and, now and then, one that is built beside it.
//
// Both are ordinary runners, each with a view of its own. The one that is built is quiet: nobody
// sees it, hears of it or waits for it. Once both are near the end of the journal they are asked to
// stand still, which takes no longer than a batch; whoever is behind then goes exactly to where the
// other one is. At that moment the two say the same. The new one notes in its own view that it has
// taken over: this one transaction is the switch, whatever crashes around it. Then it is the one
// that is asked, those who watch are told by it what comes behind that place, and the old one goes.
//
// Nothing is decided by a thread that works for somebody else: all steps are taken by a strand of
// its own, which there is from the first copy on, and which hears whenever one of the runners has
// done something. A switch that does not succeed in time is given up, and tried again later.

namespace cairn::actors {

/// One copy. The carrier is touched by whoever holds a pointer to this.
struct model_copy {
  persistence::view_place place;
  /// Tells copies of this process apart.
  std::uint64_t serial = 0;
  /// Of the former version: its pictures are those of another type.
  bool is_former = false;
  std::unique_ptr<runner> carrier;
};

/// See above. Everything but start and stop: any thread.
class model_copies final : public read_model_runner {
 public:
  model_copies(const detail::read_model_type& type,
               std::vector<persistence::journal*> journals,
               std::unique_ptr<persistence::view_shelf> shelf,
               const clock& time,
               options settings);
  model_copies(const model_copies&) = delete;
  model_copies& operator=(const model_copies&) = delete;
  ~model_copies() override;

  /// Finds out which copies there are, and which one serves. Once, before start().
  [[nodiscard]] result<void> open();

  result<void> start(executor& on) override;
  void hint() noexcept override;
  void stop() override;

  // copies_queries.cpp
  result<void> wait_for(const detail::picture_demand& demand) override;
  result<void> look(const detail::picture_visit& who) const override;
  result<std::shared_ptr<detail::watcher>> watch(
      detail::watcher::options wish, const std::function<void(const void*)>& look) override;
  std::uint64_t when_shown(position at,
                           std::function<void(const std::optional<error>&)> told) override;
  void forget(position at, std::uint64_t ticket) override;
  std::vector<position> checkpoints() const override;
  read_model_status status() const override;

  // copies_control.cpp
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

 private:
  using copy = std::shared_ptr<model_copy>;
  using time_point = std::chrono::steady_clock::time_point;
  using checkpoint_list = persistence::checkpoint_list;
  class control_stay;

  /// An attempt to switch. Answers to another one are of no interest.
  struct attempt {
    enum class phase : std::uint8_t { none, standing, meeting, taking_over };
    phase now = phase::none;
    std::uint64_t number = 0;
    time_point expires{};
    std::optional<result<checkpoint_list>> serving_at = {};
    std::optional<result<checkpoint_list>> building_at = {};
    checkpoint_list meet_at = {};
    std::optional<result<void>> taken = {};
  };

  // copies_opening.cpp
  [[nodiscard]] result<copy> open_copy(persistence::view_place place, bool serves);
  [[nodiscard]] copy make_copy(persistence::view_place place,
                               std::shared_ptr<persistence::view> view,
                               bool serves);
  [[nodiscard]] const detail::read_model_type& type_of(persistence::view_place place) const;
  struct choice {
    persistence::view_place place;
    bool has_taken_over = false;
  };
  /// Which one serves; see make_rebuildable_read_model.
  [[nodiscard]] result<choice> choose(const std::vector<persistence::view_place>& stored) const;
  /// The number of the newest copy of these that has ever taken over; 0: none has.
  [[nodiscard]] result<std::uint32_t> newest_that_served(
      const std::vector<persistence::view_place>& among) const;
  /// Removes what is stored for copies and versions that this one has taken the place of.
  void remove_those_before(persistence::view_place serving);

  // model_copies.cpp: the strand's.
  void step();
  void look_for_the_end_locked();
  void begin_attempt_locked();
  void meet_locked();
  void take_over_locked();
  void finish_attempt_locked();
  void give_up_locked();
  void abandon_locked();
  void drop_retired();
  /// What both of them have come to, once both stand.
  [[nodiscard]] bool has_met_locked() const;
  [[nodiscard]] bool is_near(const model_copy& one) const;
  void wake_at_locked(time_point when, time_point now);

  /// The copy that rebuild() has made, or null. False: it is not built after all.
  [[nodiscard]] bool begin_building(const copy& made);
  void nudge() const;
  /// From now on there is a strand. With the lock held.
  void make_strand_locked();
  [[nodiscard]] copy serving() const;
  [[nodiscard]] copy building() const;
  [[nodiscard]] bool is_serving(const copy& one) const;
  [[nodiscard]] bool closed() const;
  [[nodiscard]] result<void> wait_for_own_version(time_point deadline,
                                                  std::chrono::nanoseconds timeout);
  [[nodiscard]] error only_former(const copy& former) const;
  template <class Call> auto control(const Call& call);
  void close();
  void log(log_level level, std::string_view what) const {
    settings_.log(level, "read model " + std::string{type_.name()} + ": " + std::string{what});
  }

  const detail::read_model_type& type_;
  const std::vector<persistence::journal*> journals_;
  const std::unique_ptr<persistence::view_shelf> shelf_;
  const clock& time_;
  const options settings_;
  const std::shared_ptr<watch_hub> watches_ = std::make_shared<watch_hub>();

  mutable std::mutex mutex_;
  /// Another one serves; an attempt is over.
  std::condition_variable changed_;
  copy serving_;
  copy building_;
  std::vector<copy> retired_;
  attempt attempt_;
  time_point not_before_{};
  /// The one that is built stands still since the other one is paused.
  bool held_ = false;
  /// What it has in memory has been saved for the switch.
  bool saved_ = false;
  /// rebuild() is just making it.
  bool making_ = false;
  unsigned controls_inside_ = 0;
  std::uint64_t last_serial_ = 0;
  std::uint32_t last_copy_ = 0;
  bool closed_ = false;
  executor* runs_on_ = nullptr;
  std::unique_ptr<strand> strand_;
  /// strand_ while a copy is being built.
  std::atomic<strand*> awake_{nullptr};
  std::shared_ptr<void> clock_moved_;
};

}  // namespace cairn::actors

#pragma once

#include "lmdb/lmdb_view.hpp"
#include "support/read_model_fixture.hpp"
#include "support/transfers.hpp"

#include "cairn/actors/process_manager_runner.hpp"
#include "cairn/detail/typed_process_manager.hpp"
#include "cairn/process_manager_handle.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cairn::tests {

/// The aggregates as a process manager sees them: commands with ids that take effect once. Outlives
/// its restarts. Any thread.
class fake_aggregates {
 public:
  struct sent {
    std::string to;
    std::string id;
    std::string json;
  };
  /// What becomes of a command.
  enum class fate {
    answered,     ///< It takes effect, and is answered.
    answer_lost,  ///< It takes effect, and is not answered.
    lost,         ///< It does not arrive.
  };

  ~fake_aggregates() { let_go(); }

  void send(detail::command_message* message) {
    const std::string id = message->command_id;
    detail::erased_outcome outcome;
    outcome.what = detail::erased_outcome::kind::accepted;
    {
      const std::lock_guard lock{mutex_};
      sent_.push_back({message->aggregate_id, id, message->json()});
      const fate how = decide_fate ? decide_fate() : fate::answered;
      if (how != fate::lost) {
        const auto [place, is_new] = outcomes_.try_emplace(id, outcome);
        if (is_new && decide_outcome) place->second = decide_outcome(sent_.back());
        if (is_new) effects_.push_back(sent_.back());
        outcome = place->second;
        // It may be decided anew.
        if (outcome.what == detail::erased_outcome::kind::failed) outcomes_.erase(place);
      }
      if (how != fate::answered) {
        held_.emplace_back(message, outcome);
        return;
      }
    }
    message->complete(std::move(outcome));
  }

  /// Answers what was not answered.
  void let_go() {
    std::vector<std::pair<detail::command_message*, detail::erased_outcome>> all;
    {
      const std::lock_guard lock{mutex_};
      all.swap(held_);
    }
    for (auto& [message, outcome] : all)
      message->complete(std::move(outcome));
  }

  [[nodiscard]] std::vector<sent> all_sent() const {
    const std::lock_guard lock{mutex_};
    return sent_;
  }
  /// Each once, in the order in which they took effect.
  [[nodiscard]] std::vector<sent> effects() const {
    const std::lock_guard lock{mutex_};
    return effects_;
  }
  [[nodiscard]] std::size_t held() const {
    const std::lock_guard lock{mutex_};
    return held_.size();
  }

  // Called with a lock held. Set while no manager runs.
  std::function<fate()> decide_fate;
  std::function<detail::erased_outcome(const sent&)> decide_outcome;

 private:
  mutable std::mutex mutex_;
  std::vector<sent> sent_;
  std::vector<sent> effects_;
  std::map<std::string, detail::erased_outcome> outcomes_;
  std::vector<std::pair<detail::command_message*, detail::erased_outcome>> held_;
};

/// A journal of transfers that is written by hand, and the running process manager `M`, on a view
/// on disk, that follows it.
template <class M> class manager_fixture : public ::testing::Test {
 protected:
  manager_fixture() {
    persistence::journal::options options;
    journal_ = *persistence::journal::open(
        persistence::make_memory_log(), nullptr, names_, std::move(options));
    journal_->on_group([this] {
      const std::lock_guard lock{mutex_};
      if (runner_) runner_->hint();
    });
    EXPECT_TRUE(journal_->start().has_value());
    settings_.user.retry_delay = std::chrono::milliseconds{1};
  }
  ~manager_fixture() override {
    drop();
    aggregates_.let_go();
    journal_->stop();
  }

  void start() { start_on(open_view()); }
  void start_on(std::shared_ptr<persistence::view> view) {
    settings_.log = log_.sink();
    auto made = actors::make_process_manager_runner(
        type_,
        {journal_.get()},
        std::move(view),
        clock_,
        [this](const void*, detail::command_message* message) { aggregates_.send(message); },
        settings_);
    ASSERT_TRUE(made->start(*executor_).has_value());
    const std::lock_guard lock{mutex_};
    runner_ = std::move(made);
  }
  void stop() {
    runner_->stop();
    drop();
  }
  /// As a crash would.
  void drop() {
    std::unique_ptr<actors::process_manager_runner> gone;
    {
      const std::lock_guard lock{mutex_};
      gone = std::move(runner_);
    }
    gone.reset();
  }

  std::shared_ptr<persistence::view> open_view() {
    auto opened = persistence::lmdb::open_view(directory_.path() / "views",
                                               {.name = std::string{type_.name()},
                                                .version = type_.version(),
                                                .tables = actors::process_manager_tables(),
                                                .partitions = 1,
                                                .journal_id = "the journal",
                                                .log = log_.sink()},
                                               std::uint64_t{64} << 20U);
    EXPECT_TRUE(opened.has_value()) << describe(opened.error());
    return *std::move(opened);
  }

  void begin_transfer(const std::string& id, std::int64_t cents) {
    persistence::burst::origin origin;
    awaited_reply reply;
    auto burst = std::make_unique<persistence::burst>(origin, 1, journal_->writer().era());
    persistence::commit_head head;
    head.aggregate_type = 0;
    head.aggregate_id = id;
    head.time = clock_.now();
    burst->begin_commit(head, 1);
    encode(bank::transfer_started{"ann", "bob", cents},
           burst->begin_event(0, 0, event_codec::binary));
    burst->end_event();
    burst->finish_commit(&reply);
    journal_->writer().submit(std::move(burst));
    (void)reply.wait();
  }

  [[nodiscard]] process_manager_handle<M> manager() {
    return process_manager_handle<M>{static_cast<detail::process_manager_access*>(runner_.get())};
  }
  void settle() {
    const auto done = manager().settle(std::chrono::seconds{60});
    ASSERT_TRUE(done) << describe(done.error());
  }
  error settle_in_vain() {
    const auto done = manager().settle(std::chrono::seconds{60});
    EXPECT_FALSE(done);
    return done ? error{} : done.error();
  }

  temporary_directory directory_;
  log_lines log_;
  /// Time goes by in it only for timers: delays are the machine's.
  class wall_clock final : public clock {
   public:
    timestamp now() const noexcept override { return timestamp{std::chrono::nanoseconds{now_}}; }
    void advance(std::chrono::nanoseconds by) { now_ += by.count(); }

   private:
    std::atomic<std::int64_t> now_{0};
  };
  wall_clock clock_;
  fake_aggregates aggregates_;
  actors::process_manager_runner::options settings_;
  detail::typed_process_manager<M> type_;
  std::unique_ptr<actors::executor> executor_ = actors::make_thread_executor(1);
  persistence::name_list names_{
      "bank.transfer", "transfer_started", "transfer_finished", "transfer_failed"};
  std::unique_ptr<persistence::journal> journal_;
  std::mutex mutex_;
  std::unique_ptr<actors::process_manager_runner> runner_;
};

}  // namespace cairn::tests

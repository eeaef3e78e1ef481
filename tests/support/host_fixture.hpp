#pragma once

#include "support/account.hpp"

#include "cairn/actors/executor.hpp"
#include "cairn/actors/host.hpp"
#include "cairn/actors/recovery.hpp"
#include "cairn/ask.hpp"
#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/persistence/journal.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn::tests {

using bank::account;
using account_outcome = outcome<account>;

/// A host of accounts on plain threads, with a journal whose disk can be made slow or full.
class host_fixture : public ::testing::Test {
 protected:
  host_fixture() { names_ = {"bank.account", "opened", "deposited", "withdrawn"}; }
  ~host_fixture() override { shut_down(); }

  /// Starts, or starts again on the same log.
  void start(actors::host_options options = {}) {
    auto log = persistence::make_memory_log();
    start_on(std::move(log), options);
  }

  void start_on(std::unique_ptr<persistence::block_log> log, actors::host_options options = {}) {
    persistence::journal::options settings;
    settings.room = [this] {
      return room();
    };
    if (in_flight_ != 0) settings.in_flight = &in_flight_;
    auto opened = persistence::journal::open(std::move(log), nullptr, names_, std::move(settings));
    ASSERT_TRUE(opened) << describe(opened.error());
    journal_ = *std::move(opened);
    snapshots_ = persistence::make_memory_snapshots();
    journal_->on_snapshots([this](std::vector<persistence::snapshot_store::item>&& items) {
      ASSERT_TRUE(snapshots_->store(items));
    });
    executor_ = actors::make_thread_executor(2);
    recovery_ =
        std::make_unique<actors::recovery_pool>(*snapshots_, actors::recovery_pool::options{});
    host_ = std::make_unique<actors::host>(
        actors::host::surroundings{&type_, 0, 1, journal_.get(), recovery_.get(), &clock_},
        options);
    host_->attach(*executor_);
    ASSERT_TRUE(journal_->start());
  }

  void shut_down() {
    open_gate();
    if (recovery_) recovery_->stop();
    if (host_) host_->detach();
    if (journal_) journal_->stop();
    host_.reset();
    recovery_.reset();
    executor_.reset();
    journal_.reset();
  }

  // -- the disk --

  void shut_gate() { set_gate(false); }
  void open_gate() { set_gate(true); }
  void fill_disk(bool full) { disk_is_full_.store(full); }

  // -- commands --

  void send(const std::string& id,
            account::command wish,
            std::function<void(account_outcome)> callback,
            ask_options options = {}) {
    using message = detail::message_with_callback<account, std::function<void(account_outcome)>>;
    auto made = std::make_unique<message>(std::move(wish), std::move(callback));
    made->aggregate_id = id;
    made->command_id = options.command_id.text();
    made->expected = options.expected;
    made->stream_hash = persistence::hash_of({"bank.account", id});
    host_->send(made.release());
  }

  /// Collects outcomes in the order in which they come.
  class answers {
   public:
    void put(account_outcome what) {
      const std::lock_guard lock{mutex_};
      all_.push_back(std::move(what));
      changed_.notify_all();
    }
    std::function<void(account_outcome)> taker() {
      return [this](account_outcome what) {
        put(std::move(what));
      };
    }
    std::vector<account_outcome> wait_for(std::size_t count) {
      std::unique_lock lock{mutex_};
      const bool came =
          changed_.wait_for(lock, std::chrono::seconds{60}, [&] { return all_.size() >= count; });
      EXPECT_TRUE(came) << "only " << all_.size() << " of " << count << " answers came";
      return all_;
    }
    std::size_t count() {
      const std::lock_guard lock{mutex_};
      return all_.size();
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<account_outcome> all_;
  };

  account_outcome ask(const std::string& id, account::command wish, ask_options options = {}) {
    answers one;
    send(id, std::move(wish), one.taker(), std::move(options));
    auto all = one.wait_for(1);
    return all.empty() ? account_outcome{error{error::code::timed_out, ""}} : all.front();
  }

  /// The balance according to the journal.
  std::int64_t stored_balance(const std::string& id) {
    auto found = actors::replay(type_, id, *journal_, *snapshots_, {}, silent_log());
    EXPECT_TRUE(found) << describe(found.error());
    const auto& typed = static_cast<const detail::typed_instance<account>&>(*found->instance);
    return typed.state().balance_cents;
  }

  detail::typed_aggregate<account> type_;
  persistence::name_list names_;
  system_clock clock_;
  std::unique_ptr<persistence::snapshot_store> snapshots_;
  std::unique_ptr<persistence::journal> journal_;
  std::unique_ptr<actors::executor> executor_;
  std::unique_ptr<actors::recovery_pool> recovery_;
  std::unique_ptr<actors::host> host_;
  /// What the writer is told about the commands on their way; 0 at the start: nothing.
  std::atomic<std::uint64_t> in_flight_{0};

 private:
  /// Asked by the writer before each group: waits at the gate, then says whether there is room.
  result<void> room() {
    std::unique_lock lock{gate_mutex_};
    gate_changed_.wait(lock, [this] { return gate_open_; });
    if (disk_is_full_.load()) return error{error::code::store_full, "the test says so"};
    return {};
  }
  void set_gate(bool open) {
    const std::lock_guard lock{gate_mutex_};
    gate_open_ = open;
    gate_changed_.notify_all();
  }

  std::mutex gate_mutex_;
  std::condition_variable gate_changed_;
  bool gate_open_ = true;
  std::atomic<bool> disk_is_full_{false};
};

}  // namespace cairn::tests

#pragma once

#include "hosts/deciding.hpp"

#include "cairn/actors/executor.hpp"
#include "cairn/actors/host.hpp"
#include "cairn/actors/recovery.hpp"
#include "cairn/ask.hpp"
#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/persistence/journal.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::tests {

/// A block log that lives on when the journal on it is closed, and whose next reads for aggregates
/// that wake can be made to fail.
class shared_log final : public persistence::block_log {
 public:
  shared_log(std::shared_ptr<persistence::block_log> inner, std::atomic<int>& failing_reads)
      : inner_(std::move(inner)), failing_reads_(failing_reads) {}
  result<claimed> claim() override { return inner_->claim(); }
  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    return inner_->append(epoch, blocks);
  }
  result<std::unique_ptr<persistence::block_reader>> read() const override {
    if (failing_reads_.load() > 0 && is_waking()) {
      --failing_reads_;
      return error{error::code::io_failed, "the disk does not answer"};
    }
    return inner_->read();
  }

 private:
  /// The index reads, too, in a thread of its own.
  static bool is_waking() {
    char name[16] = {};
    return pthread_getname_np(pthread_self(), name, sizeof name) == 0 &&
           std::string_view{name} == "cairn.recovery";
  }

  std::shared_ptr<persistence::block_log> inner_;
  std::atomic<int>& failing_reads_;
};

/// One host of aggregates of type `A` on plain threads, with its journal in memory. What it gives
/// to the snapshot store is written down.
template <class A> class journal_and_host : public ::testing::Test {
 protected:
  journal_and_host() {
    names_.emplace_back(A::stable_name);
    for (const std::string_view event : type_.event_names())
      names_.emplace_back(event);
  }
  ~journal_and_host() override { shut_down(); }

  void start(actors::host_options options = {}) {
    persistence::journal::options settings;
    settings.group_bytes_max = group_bytes_max_;
    settings.room = [this]() -> result<void> {
      if (disk_is_full_.load()) return error{error::code::store_full, "the test says so"};
      return {};
    };
    auto opened = persistence::journal::open(
        std::make_unique<shared_log>(log_, failing_reads_), nullptr, names_, std::move(settings));
    ASSERT_TRUE(opened) << describe(opened.error());
    journal_ = *std::move(opened);
    journal_->on_snapshots([this](std::vector<persistence::snapshot_store::item>&& items) {
      ASSERT_TRUE(snapshots_->store(items));
      const std::lock_guard lock{mutex_};
      for (auto& one : items)
        given_.push_back(std::move(one));
    });
    executor_ = actors::make_thread_executor(2);
    recovery_ =
        std::make_unique<actors::recovery_pool>(*snapshots_, actors::recovery_pool::options{});
    host_ = std::make_unique<actors::host>(
        actors::host::surroundings{&type_, 0, 1, journal_.get(), recovery_.get(), time_, nullptr},
        options);
    host_->attach(*executor_);
    ASSERT_TRUE(journal_->start());
  }
  void start_again(actors::host_options options = {}) {
    shut_down();
    start(options);
  }
  void shut_down() {
    if (recovery_) recovery_->stop();
    if (host_) host_->detach();
    if (journal_) journal_->stop();
    host_.reset();
    recovery_.reset();
    executor_.reset();
    journal_.reset();
  }

  outcome<A> ask(const std::string& id, typename A::command wish, ask_options options = {}) {
    auto promise = std::make_shared<std::promise<outcome<A>>>();
    auto came = promise->get_future();
    auto callback = [promise](outcome<A> what) {
      promise->set_value(std::move(what));
    };
    using message = detail::message_with_callback<A, decltype(callback)>;
    auto made = std::make_unique<message>(std::move(wish), std::move(callback));
    made->aggregate_id = id;
    made->command_id = options.command_id.text();
    made->expected = options.expected;
    made->stream_hash = persistence::hash_of({A::stable_name, id});
    host_->send(made.release());
    return came.get();
  }

  /// What went to the snapshot store, with everything that was answered before.
  std::vector<persistence::snapshot_store::item> given() {
    // Snapshots go right behind the answers of their group, by the same thread.
    wait_for_next_group();
    const std::lock_guard lock{mutex_};
    return given_;
  }

  std::shared_ptr<persistence::block_log> log_{persistence::make_memory_log()};
  std::atomic<int> failing_reads_{0};
  std::atomic<bool> disk_is_full_{false};
  detail::typed_aggregate<A> type_;
  persistence::name_list names_;
  system_clock clock_;
  const clock* time_ = &clock_;
  std::uint64_t group_bytes_max_ = persistence::journal::options{}.group_bytes_max;
  std::unique_ptr<persistence::snapshot_store> snapshots_ = persistence::make_memory_snapshots();
  std::unique_ptr<persistence::journal> journal_;
  std::unique_ptr<actors::executor> executor_;
  std::unique_ptr<actors::recovery_pool> recovery_;
  std::unique_ptr<actors::host> host_;

 private:
  void wait_for_next_group() {
    struct waiter final : detail::commit_reply {
      void durable(position) noexcept override { through.set_value(); }
      void failed(const error&) noexcept override { through.set_value(); }
      std::promise<void> through;
    };
    waiter next;
    auto made = std::make_unique<persistence::burst>(origin_, 1, journal_->writer().era());
    made->wait_for_commits(&next);
    journal_->writer().submit(std::move(made));
    next.through.get_future().wait();
  }

  persistence::burst::origin origin_;
  std::mutex mutex_;
  std::vector<persistence::snapshot_store::item> given_;
};

}  // namespace cairn::tests

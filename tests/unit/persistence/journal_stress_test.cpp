#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"
#include "log/relaxed_block_log.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/detail/mpsc_queue.hpp"
#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// Many threads on everything that says "any thread": worth its time under the thread sanitizer.

namespace cairn::persistence {
namespace {

struct node {
  std::size_t thread = 0;
  std::size_t number = 0;
  node* next = nullptr;
};

TEST(MpscQueue, GivesEachProducersNodesInOrderAndLosesNone) {
  constexpr std::size_t producers = 4;
  constexpr std::size_t each = 5'000;
  detail::mpsc_queue<node> queue;
  detail::wake_signal wake;
  std::vector<std::vector<node>> nodes(producers, std::vector<node>(each));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < producers; ++t) {
    threads.emplace_back([&queue, &wake, &mine = nodes[t], t] {
      for (std::size_t i = 0; i < mine.size(); ++i) {
        mine[i].thread = t;
        mine[i].number = i;
        if (queue.push(&mine[i])) wake.set();
      }
    });
  }
  std::vector<std::size_t> next(producers, 0);
  for (std::size_t taken = 0; taken < producers * each;) {
    const node* one = queue.take_all();
    if (one == nullptr) {
      // A wake that got lost would let this wait for ever.
      wake.wait();
      continue;
    }
    for (; one != nullptr; one = one->next) {
      EXPECT_EQ(one->number, next[one->thread]++);
      ++taken;
    }
  }
  for (std::thread& one : threads)
    one.join();
  EXPECT_TRUE(queue.empty());
}

TEST(WakeSignal, IsClearedByWaitingAndMayBeSetAhead) {
  detail::wake_signal wake;
  EXPECT_FALSE(wake.wait_for(std::chrono::nanoseconds{0}));
  wake.set();
  wake.set();
  wake.wait();
  EXPECT_FALSE(wake.wait_for(std::chrono::nanoseconds{0}));
}

class JournalUnderLoad : public testing::Test {
 protected:
  static constexpr std::size_t writers = 3;
  static constexpr std::size_t bursts = 120;
  static constexpr std::uint64_t map_bytes = std::uint64_t{64} << 20U;

  JournalUnderLoad() {
    settings_.block_bytes = 2'000;
    // The writer runs into this limit, and the index moves rows to disk all the time.
    settings_.unindexed_events_max = 20;
    settings_.index.flush_commits = 20;
    settings_.index.flush_after = std::chrono::milliseconds{1};
    std::filesystem::create_directory(directory_.path() / "log");
    std::filesystem::create_directory(directory_.path() / "index");
  }

  std::unique_ptr<block_log> lmdb_log() const {
    return *lmdb::open_block_log(directory_.path() / "log",
                                 {.map_bytes = map_bytes, .prefill_bytes = 100'000});
  }

  void run(std::unique_ptr<block_log> log, std::unique_ptr<index_store> index) {
    journal_ = *journal::open(std::move(log), std::move(index), tests::bank_names(), settings_);
    ASSERT_TRUE(journal_->start().has_value());
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < writers; ++t)
      threads.emplace_back([this, t] { write(t); });
    for (std::size_t t = 0; t < writers; ++t)
      threads.emplace_back([this, t] { read_back(t); });
    threads.emplace_back([this] { follow(); });
    for (std::thread& one : threads)
      one.join();
    journal_->stop();
    EXPECT_EQ(verify(journal_->log())->events, writers * bursts * 2);
  }

  static std::string id_of(std::size_t thread) { return "stream " + std::to_string(thread); }

  void write(std::size_t thread) {
    tests::journal_host host{*journal_};
    for (std::size_t i = 0; i < bursts; ++i) {
      tests::test_commit one = tests::commit_of({std::string(50, 'x'), "y"});
      one.id = id_of(thread);
      one.command_id = "c" + std::to_string(i);
      EXPECT_NE(host.write({one}), 0U);
    }
    writing_.fetch_sub(1);
  }

  /// What has been seen of a stream once is always seen, and never with a gap.
  void read_back(std::size_t thread) {
    const std::string id = id_of(thread);
    const stream_name stream{"bank.account", id};
    std::uint64_t seen = 0;
    for (bool last = false; !last;) {
      last = writing_.load() == 0;
      const std::uint64_t head = journal_->head(stream)->value;
      EXPECT_GE(head, seen);
      std::uint64_t next = 0;
      const auto read =
          journal_->read_stream(stream, {seen}, {UINT64_MAX}, [&](const commit_view& commit) {
            EXPECT_TRUE(next == 0 || commit.base().value == next) << next;
            next = commit.last().value;
            return result<void>{};
          });
      EXPECT_TRUE(read.has_value()) << describe(read.error());
      EXPECT_TRUE(head == seen || next >= head) << next;
      if (head >= 2) {
        const std::string command = "c" + std::to_string(head / 2 - 1);
        const auto outcome = journal_->outcome(stream, command);
        EXPECT_TRUE(outcome && outcome->has_value()) << command;
        EXPECT_TRUE(*journal_->index().has_outcomes(stream));
      }
      seen = std::max(seen, head);
    }
    EXPECT_EQ(seen, bursts * 2);
  }

  /// As a read model does.
  void follow() {
    log_cursor at;
    std::uint64_t next = 1;
    while (next <= writers * bursts * 2) {
      const auto read = journal_->read(at, 10, [&next](const commit_view& commit) {
        EXPECT_EQ(commit.first_offset(), next);
        next += commit.event_count();
        return result<void>{};
      });
      ASSERT_TRUE(read.has_value()) << describe(read.error());
      if (*read == 0) std::this_thread::yield();
    }
    EXPECT_EQ(at.applied(), journal_->durable_offset());
  }

  tests::temporary_directory directory_;
  journal::options settings_;
  std::atomic<std::size_t> writing_{writers};
  std::unique_ptr<journal> journal_;
};

TEST_F(JournalUnderLoad, InMemoryAnswersEveryReaderRight) {
  run(make_memory_log(), nullptr);
}

TEST_F(JournalUnderLoad, OnDiskAnswersEveryReaderRight) {
  run(lmdb_log(), *lmdb::open_index_store(directory_.path() / "index", map_bytes));
}

TEST_F(JournalUnderLoad, RelaxedAnswersEveryReaderRight) {
  run(*make_relaxed_log(
          lmdb_log(), directory_.path() / "unsynced", {.window = std::chrono::milliseconds{1}}),
      *lmdb::open_index_store(directory_.path() / "index", map_bytes));
}

}  // namespace
}  // namespace cairn::persistence

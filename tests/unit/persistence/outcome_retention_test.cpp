#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"
#include "support/temporary_store.hpp"

#include "cairn/persistence/store.hpp"
#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// How long the ids of commands are remembered, with a clock that is moved by hand.

namespace cairn::persistence {
namespace {

using std::chrono::seconds;

constexpr std::uint64_t map_bytes = std::uint64_t{64} << 20U;

class hand_clock final : public clock {
 public:
  [[nodiscard]] timestamp now() const noexcept override { return tests::at_second(second_.load()); }
  void set(std::int64_t second) { second_.store(second); }

 private:
  std::atomic<std::int64_t> second_{0};
};

class OutcomeRetention : public testing::Test {
 protected:
  OutcomeRetention() {
    settings_.index.flush_after = std::chrono::hours{1};
    settings_.index.log = [this](log_level level, std::string_view line) {
      if (level >= log_level::warning) warnings_.emplace_back(line);
    };
    settings_.index.outcomes.time = &clock_;
  }
  ~OutcomeRetention() override { EXPECT_TRUE(warnings_.empty()) << warnings_[0]; }

  void keep(const outcome_retention& of_accounts) {
    settings_.index.outcomes.by_type["bank.account"] = of_accounts;
  }
  std::filesystem::path folder(const std::string& name) {
    std::filesystem::create_directories(directory_.path() / name);
    return directory_.path() / name;
  }
  std::unique_ptr<index_store> index() {
    return *lmdb::open_index_store(folder("index"), map_bytes);
  }
  void open(std::unique_ptr<index_store> index) {
    journal_ = *journal::open(
        *lmdb::open_block_log(folder("log"), {.map_bytes = map_bytes, .prefill_bytes = 0}),
        std::move(index),
        tests::bank_names(),
        settings_);
    ASSERT_TRUE(journal_->start().has_value());
    host_ = std::make_unique<tests::journal_host>(*journal_);
  }
  /// Moves everything to disk, in one go.
  void close() {
    host_.reset();
    journal_.reset();
  }
  void open() {
    close();
    open(index());
  }
  void write(const std::string& id, const std::string& command_id, std::int64_t second = 1) {
    tests::test_commit one = tests::rejected_commit(command_id);
    one.id = id;
    one.time = tests::at_second(second);
    ASSERT_TRUE(host_->submit({one})[0]->wait().has_value());
  }
  /// Numbers of ids that the journal knows.
  std::vector<int> known(const std::string& id, int ids) {
    (void)journal_->head({"bank.account", id});
    std::vector<int> found;
    for (int i = 0; i < ids; ++i) {
      if (journal_->outcome({"bank.account", id}, std::to_string(i))->has_value())
        found.push_back(i);
    }
    return found;
  }
  /// Numbers of ids that are on disk, known or not. The journal is closed.
  std::vector<int> stored(const std::string& id, int ids) {
    close();
    const auto rows = index();
    std::vector<int> found;
    for (int i = 0; i < ids; ++i) {
      std::string key;
      make_outcome_key(key, {"bank.account", id}, std::to_string(i));
      if (rows->outcome(key)->has_value()) found.push_back(i);
    }
    return found;
  }
  static std::vector<int> from_to(int first, int last) {
    std::vector<int> all;
    for (int i = first; i <= last; ++i)
      all.push_back(i);
    return all;
  }

  hand_clock clock_;
  tests::temporary_directory directory_;
  journal::options settings_;
  std::vector<std::string> warnings_;
  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
};

TEST_F(OutcomeRetention, ForEverIsWhatATypeHasOfWhichNothingIsSaid) {
  settings_.index.outcomes.by_type["another"] = {.age_max = seconds{1}, .count_max = 0};
  keep({});
  open();
  for (int i = 0; i < 20; ++i)
    write("ann", std::to_string(i));
  clock_.set(1'000'000);
  EXPECT_EQ(known("ann", 20), from_to(0, 19));
  open();
  EXPECT_EQ(known("ann", 20), from_to(0, 19));
  EXPECT_EQ(stored("ann", 20), from_to(0, 19));
}

TEST_F(OutcomeRetention, ByAgeEndsAtOnceInMemoryAndOnDisk) {
  keep({.age_max = seconds{60}});
  for (const bool on_disk : {false, true}) {
    open(on_disk ? index() : nullptr);
    if (!on_disk) {
      for (int i = 0; i < 5; ++i)
        write("ann", std::to_string(i), 10 * i);
    }
    clock_.set(60);
    EXPECT_EQ(known("ann", 5), from_to(0, 4));
    clock_.set(61);
    EXPECT_EQ(known("ann", 5), from_to(1, 4));
    clock_.set(1000);
    EXPECT_TRUE(known("ann", 5).empty());
    // Set back: what is not removed is known again.
    clock_.set(0);
    EXPECT_EQ(known("ann", 5), from_to(0, 4));
    close();
  }
}

TEST_F(OutcomeRetention, ByAgeTakesOldIdsFromTheDiskWithTheNextOnesOfTheirAggregate) {
  keep({.age_max = seconds{60}});
  open();
  for (int i = 0; i < 4; ++i)
    write("ann", std::to_string(i), 10);
  write("bob", "0", 10);
  EXPECT_EQ(stored("ann", 4), from_to(0, 3));
  clock_.set(100);
  open();
  write("ann", "4", 100);
  write("ann", "5", 100);
  EXPECT_EQ(stored("ann", 6), from_to(4, 5));
  EXPECT_EQ(stored("bob", 1), from_to(0, 0));
}

TEST_F(OutcomeRetention, ByCountKeepsTheNewestOfEachAggregate) {
  keep({.count_max = 5});
  settings_.index.flush_commits = 1;
  open();
  for (int i = 0; i < 50; ++i) {
    write("ann", std::to_string(i));
    if (i < 3) write("bob", std::to_string(i));
    const auto now = known("ann", 50);
    const auto newest = from_to(std::max(0, i - 4), i);
    ASSERT_TRUE(std::includes(now.begin(), now.end(), newest.begin(), newest.end())) << i;
  }
  EXPECT_EQ(stored("ann", 50), from_to(45, 49));
  EXPECT_EQ(stored("bob", 3), from_to(0, 2));
}

TEST_F(OutcomeRetention, RemovesTwoOldIdsForEachNewOneAtMost) {
  keep({.count_max = 100});
  open();
  for (int i = 0; i < 50; ++i)
    write("ann", std::to_string(i));
  close();
  keep({.count_max = 1});
  for (int round = 0; round < 3; ++round) {
    open();
    write("ann", std::to_string(50 + round));
    EXPECT_EQ(stored("ann", 60), from_to(2 * (round + 1), 50 + round));
  }
}

TEST_F(OutcomeRetention, ByBothForgetsWhatOneOfThemAllows) {
  keep({.age_max = seconds{60}, .count_max = 2});
  open();
  for (int i = 0; i < 4; ++i)
    write("ann", std::to_string(i), 10 * i);
  EXPECT_EQ(stored("ann", 4), from_to(2, 3));
  open();
  clock_.set(81);
  EXPECT_EQ(known("ann", 4), from_to(3, 3));
}

TEST_F(OutcomeRetention, TakesAnIdThatCameAgainForTheNewestOne) {
  keep({.age_max = seconds{60}, .count_max = 3});
  open();
  write("ann", "0", 10);
  write("ann", "1", 10);
  close();
  clock_.set(100);
  open();
  EXPECT_TRUE(known("ann", 2).empty());
  write("ann", "0", 100);
  EXPECT_EQ(known("ann", 2), from_to(0, 0));
  EXPECT_EQ(stored("ann", 2), from_to(0, 0));
  open();
  EXPECT_EQ(journal_->outcome({"bank.account", "ann"}, "0")->value().time, tests::at_second(100));
  write("ann", "2", 100);
  write("ann", "3", 100);
  EXPECT_EQ(stored("ann", 4), (std::vector<int>{0, 2, 3}));
}

TEST_F(OutcomeRetention, LosesNothingByAFlushThatIsRepeated) {
  keep({.count_max = 3});
  open();
  for (int i = 0; i < 3; ++i)
    write("ann", std::to_string(i));
  close();
  // What a process leaves that is killed while it moves ids: some of them, and no checkpoint.
  {
    log_end end;
    std::vector<tests::test_commit> commits;
    for (int i = 3; i < 5; ++i)
      commits.push_back(tests::rejected_commit(std::to_string(i)));
    const auto block = tests::make_block(end, commits);
    index_segment rows;
    ASSERT_TRUE(rows.add(*block_view::parse(block)).has_value());
    const auto killed = index();
    killed->keep_outcomes(settings_.index.outcomes);
    ASSERT_TRUE(killed->add(rows, *killed->checkpoint()).has_value());
  }
  open();
  for (int i = 3; i < 7; ++i)
    write("ann", std::to_string(i));
  EXPECT_EQ(stored("ann", 7), from_to(4, 6));
}

TEST_F(OutcomeRetention, LeavesIdsThatWereStoredBeforeItWasSet) {
  open();
  write("ann", "0", 10);
  close();
  keep({.age_max = seconds{60}, .count_max = 1});
  clock_.set(50);
  open();
  write("ann", "1", 50);
  EXPECT_EQ(known("ann", 2), from_to(0, 1));
  clock_.set(71);
  EXPECT_EQ(known("ann", 2), from_to(1, 1));
  EXPECT_EQ(stored("ann", 2), from_to(0, 1));
}

TEST_F(OutcomeRetention, HoldsForAWholeStore) {
  const auto settings = tests::small_store(directory_.path() / "store");
  const outcome_keeping keeping{{{"bank.account", {.age_max = seconds{60}}}}, &clock_};
  const auto all = *store::open(settings, tests::bank_names(), silent_log(), {}, keeping);
  ASSERT_TRUE(all->start().has_value());
  journal& one = *all->journals()[0];
  tests::journal_host host{one};
  ASSERT_TRUE(host.submit({tests::rejected_commit("c-1")})[0]->wait().has_value());
  (void)one.head({"bank.account", "ann"});
  EXPECT_TRUE(one.outcome({"bank.account", "ann"}, "c-1")->has_value());
  clock_.set(62);
  EXPECT_FALSE(one.outcome({"bank.account", "ann"}, "c-1")->has_value());
  all->stop();
}

}  // namespace
}  // namespace cairn::persistence

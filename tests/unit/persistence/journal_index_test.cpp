#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

// The index of a journal on disk: in memory, moved to disk, lost, of another log, interrupted.

namespace cairn::persistence {
namespace {

constexpr std::uint64_t map_bytes = std::uint64_t{64} << 20U;
using payloads = std::vector<std::string>;

class JournalIndex : public testing::Test {
 protected:
  JournalIndex() {
    settings_.index.flush_after = std::chrono::hours{1};
    settings_.index.log = [this](log_level level, std::string_view line) {
      if (level >= log_level::warning) warnings_.emplace_back(line);
    };
  }

  std::filesystem::path folder(const std::string& name) {
    std::filesystem::create_directories(directory_.path() / name);
    return directory_.path() / name;
  }

  void open(const std::string& log = "log", const std::string& index = "index") {
    close();
    journal_ = *journal::open(
        *lmdb::open_block_log(folder(log), {.map_bytes = map_bytes, .prefill_bytes = 0}),
        *lmdb::open_index_store(folder(index), map_bytes),
        tests::bank_names(),
        settings_);
    const auto started = journal_->start();
    ASSERT_TRUE(started.has_value()) << describe(started.error());
    host_ = std::make_unique<tests::journal_host>(*journal_);
  }
  /// Moves everything to disk.
  void close() {
    host_.reset();
    journal_.reset();
  }

  void write(const std::string& id, payloads events, const std::string& command_id = {}) {
    tests::test_commit one = tests::commit_of(std::move(events));
    one.id = id;
    one.command_id = command_id;
    ASSERT_NE(host_->write({one}), 0U);
  }
  /// Waits until what is durable has been taken in.
  void settle() { (void)journal_->head({"bank.account", "nobody"}); }

  payloads stream(const std::string& id, std::uint64_t after = 0) {
    const auto found = tests::read_stream(*journal_, id, after);
    EXPECT_TRUE(found.has_value()) << describe(found.error());
    return found ? *found : payloads{};
  }
  bool knows(const std::string& id, const std::string& command_id) {
    settle();
    return journal_->outcome({"bank.account", id}, command_id)->has_value();
  }
  std::uint64_t head(const std::string& id) { return journal_->head({"bank.account", id})->value; }

  tests::temporary_directory directory_;
  journal::options settings_;
  std::vector<std::string> warnings_;
  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
};

/// All combinations of what is in memory and what is on disk answer alike.
class JournalIndexAtEverySize : public JournalIndex, public testing::WithParamInterface<int> {};

TEST_P(JournalIndexAtEverySize, AnswersAlikeWhereverItsRowsAre) {
  settings_.index.flush_commits = static_cast<std::uint64_t>(GetParam());
  open();
  payloads expected;
  // More than a row of the index holds.
  for (int i = 0; i < 300; ++i) {
    const std::string one = "a" + std::to_string(i);
    write("ann", {one}, "c" + std::to_string(i));
    if (i % 3 == 0) write("an", {"x"});
    expected.push_back(one);
    if (i % 50 != 49) continue;
    EXPECT_EQ(stream("ann"), expected);
    for (const std::size_t after : {std::size_t{1}, expected.size() / 2, expected.size() - 1}) {
      EXPECT_EQ(stream("ann", after),
                payloads(expected.begin() + std::ptrdiff_t(after), expected.end()));
    }
    EXPECT_TRUE(stream("ann", expected.size()).empty());
    EXPECT_EQ(head("ann"), expected.size());
    EXPECT_TRUE(knows("ann", "c0"));
    EXPECT_TRUE(knows("ann", "c" + std::to_string(i)));
    EXPECT_FALSE(knows("an", "c0"));
    EXPECT_FALSE(*journal_->index().has_outcomes({"bank.account", "an"}));
  }
  open();
  EXPECT_EQ(stream("ann"), expected);
  EXPECT_EQ(head("an"), 100U);
  EXPECT_TRUE(knows("ann", "c7"));
  EXPECT_TRUE(*journal_->index().has_outcomes({"bank.account", "ann"}));
  EXPECT_FALSE(*journal_->index().has_outcomes({"bank.account", "an"}));
  EXPECT_TRUE(warnings_.empty());
}

INSTANTIATE_TEST_SUITE_P(FlushedAfter,
                         JournalIndexAtEverySize,
                         testing::Values(1, 7, 130, 1'000'000));

TEST_F(JournalIndex, KeepsSmallStreamsApartFromThoseWhoseNamesTheyBegin) {
  settings_.index.flush_commits = 1;
  open();
  for (const char* id : {"b", "ba", "bab", "baa", "b\xFF", "a"})
    write(id, {id, id});
  open();
  for (const char* id : {"b", "ba", "bab", "baa", "b\xFF", "a"}) {
    EXPECT_EQ(stream(id), (payloads{id, id}));
    EXPECT_EQ(head(id), 2U);
  }
  EXPECT_TRUE(stream("bb").empty());
  EXPECT_TRUE(stream("").empty());
  EXPECT_TRUE(stream("zz").empty());
}

TEST_F(JournalIndex, TakesInWhatComesThoughNobodyWaits) {
  using clock = std::chrono::steady_clock;
  open();
  for (int round = 0; round < 200; ++round) {
    write("ann", {"opened"});
    if (round % 10 != 0) continue;
    while (journal_->index().offset_taken() < journal_->durable_offset())
      std::this_thread::yield();
    // Sometimes it then lets more come, sometimes it has gone to rest.
    for (const auto until = clock::now() + std::chrono::milliseconds{round % 4};
         clock::now() < until;)
      std::this_thread::yield();
  }
}

TEST_F(JournalIndex, IsBuiltAnewWhenItWasDeleted) {
  open();
  write("ann", {"a1", "a2"}, "c-1");
  close();
  std::filesystem::remove_all(directory_.path() / "index");
  open();
  EXPECT_EQ(stream("ann"), (payloads{"a1", "a2"}));
  EXPECT_TRUE(knows("ann", "c-1"));
}

TEST_F(JournalIndex, OfAnotherLogIsBuiltAnewWithAWarning) {
  open("other log", "index");
  write("ann", {"other"}, "c-1");
  write("eve", {"other"});
  open("log", "its index");
  write("ann", {"mine"});
  open("log", "index");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(stream("ann"), payloads{"mine"});
  EXPECT_EQ(head("eve"), 0U);
  EXPECT_FALSE(knows("ann", "c-1"));
  open("log", "index");
  EXPECT_EQ(warnings_.size(), 1U);
}

TEST_F(JournalIndex, OfALongerLogIsBuiltAnewWithAWarning) {
  open();
  write("ann", {"a1"});
  close();
  std::filesystem::copy(directory_.path() / "log", directory_.path() / "backup");
  open();
  write("ann", {"a2"});
  open("backup", "index");
  ASSERT_EQ(warnings_.size(), 1U);
  write("ann", {"b2"});
  EXPECT_EQ(stream("ann"), (payloads{"a1", "b2"}));
}

// What a process leaves that is killed while it moves rows to disk: rows, but no checkpoint for
// them.
TEST_F(JournalIndex, OfWhichAFlushDidNotEndIsOfNoUseToALogThatLostItsEnd) {
  open();
  write("ann", {"a1"});
  close();
  std::filesystem::copy(directory_.path() / "log", directory_.path() / "backup");
  std::filesystem::copy(directory_.path() / "index", directory_.path() / "older index");
  open();
  write("ann", {"a2"}, "c-2");
  close();
  {
    const auto newer = *lmdb::open_index_store(folder("index"), map_bytes);
    const auto reached = *newer->checkpoint();
    const auto older = *lmdb::open_index_store(folder("older index"), map_bytes);
    log_end end;
    (void)tests::make_block(end, {tests::commit_of({"a1"})});
    auto second = tests::commit_of({"a2"});
    second.base = 1;
    second.command_id = "c-2";
    const auto block = tests::make_block(end, {second});
    index_segment rows;
    ASSERT_TRUE(rows.add(*block_view::parse(block)).has_value());
    ASSERT_TRUE(older->add(rows, reached).has_value());
    EXPECT_EQ((*older->unfinished())->next_block, reached.next_block);
  }
  std::filesystem::copy(directory_.path() / "older index", directory_.path() / "index of log");
  open("log", "index of log");  // the log that they are of: they are written again
  EXPECT_EQ(stream("ann"), (payloads{"a1", "a2"}));
  EXPECT_TRUE(warnings_.empty());
  open("backup", "older index");
  EXPECT_EQ(warnings_.size(), 1U);
  EXPECT_FALSE(knows("ann", "c-2"));
  write("ann", {"b2"});
  EXPECT_EQ(stream("ann"), (payloads{"a1", "b2"}));
}

TEST_F(JournalIndex, StaysInMemoryWhileItsDiskIsFull) {
  constexpr std::uint64_t tiny_map = 64 * 1024;
  settings_.index.flush_commits = 1;
  journal_ = *journal::open(
      *lmdb::open_block_log(folder("log"), {.map_bytes = map_bytes, .prefill_bytes = 0}),
      *lmdb::open_index_store(folder("index"), tiny_map),
      tests::bank_names(),
      settings_);
  ASSERT_TRUE(journal_->start().has_value());
  host_ = std::make_unique<tests::journal_host>(*journal_);
  for (int i = 0; i < 2000; ++i)
    write("stream " + std::to_string(i), {"e"}, "c");
  settle();
  EXPECT_EQ(head("stream 0"), 1U);
  EXPECT_EQ(head("stream 1999"), 1U);
  EXPECT_TRUE(knows("stream 1234", "c"));
  close();
  EXPECT_FALSE(warnings_.empty());
  EXPECT_NE(warnings_[0].find("store_full"), std::string::npos) << warnings_[0];
  // A full index does not keep the journal from starting.
  journal_ = *journal::open(
      *lmdb::open_block_log(folder("log"), {.map_bytes = map_bytes, .prefill_bytes = 0}),
      *lmdb::open_index_store(folder("index"), tiny_map),
      tests::bank_names(),
      settings_);
  ASSERT_TRUE(journal_->start().has_value());
  EXPECT_EQ(head("stream 1999"), 1U);
}

}  // namespace
}  // namespace cairn::persistence

#include "lmdb/environment.hpp"
#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

// Notes of streams in the index, and stores that a program of format 1 has written.

namespace cairn::persistence {
namespace {

constexpr std::uint64_t map_bytes = std::uint64_t{64} << 20U;
using payloads = std::vector<std::string>;

class NotesIndex : public testing::Test {
 protected:
  NotesIndex() {
    settings_.index.flush_after = std::chrono::hours{1};
    settings_.index.log = log_;
  }

  std::filesystem::path folder(const std::string& name) {
    std::filesystem::create_directories(directory_.path() / name);
    return directory_.path() / name;
  }
  std::unique_ptr<block_log> log() {
    return *lmdb::open_block_log(folder("log"), {.map_bytes = map_bytes, .prefill_bytes = 0});
  }
  void open() {
    close();
    journal_ = *journal::open(log(),
                              *lmdb::open_index_store(folder("index"), map_bytes, log_),
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
  void write(const tests::test_commit& one) { ASSERT_TRUE(host_->submit({one})[0]->wait()); }
  void write(const std::string& id, payloads events, const std::string& command_id = {}) {
    tests::test_commit one = tests::commit_of(std::move(events));
    one.id = id;
    one.command_id = command_id;
    write(one);
  }
  void note(const std::string& id, std::uint64_t hidden_up_to) {
    write(tests::note_of(id, {.hidden_up_to = hidden_up_to}));
  }
  stream_facts facts(const std::string& id) { return *journal_->facts({"bank.account", id}); }

  tests::temporary_directory directory_;
  journal::options settings_;
  std::vector<std::string> infos_;
  std::vector<std::string> warnings_;
  log_sink log_ = [this](log_level level, std::string_view line) {
    if (level == log_level::info) infos_.emplace_back(line);
    if (level >= log_level::warning) warnings_.emplace_back(line);
  };
  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
};

class NotesIndexAtEverySize : public NotesIndex, public testing::WithParamInterface<int> {};

TEST_P(NotesIndexAtEverySize, TellsTheNewestNoteWhereverItsRowsAre) {
  settings_.index.flush_commits = static_cast<std::uint64_t>(GetParam());
  open();
  for (std::uint64_t i = 1; i <= 40; ++i) {
    write("ann", {"e"});
    write("an", {"e"});
    note("ann", i);
    if (i % 10 == 0) note("annabel", i);
    ASSERT_EQ(facts("ann"), (stream_facts{{i}, {.hidden_up_to = i}}));
    ASSERT_EQ(facts("an"), (stream_facts{{i}, {}}));
  }
  open();
  EXPECT_EQ(facts("ann"), (stream_facts{{40}, {.hidden_up_to = 40}}));
  EXPECT_EQ(facts("annabel"), (stream_facts{{0}, {.hidden_up_to = 40}}));
  note("ann", 7);
  EXPECT_EQ(facts("ann").note.hidden_up_to, 7U);
  open();
  EXPECT_EQ(facts("ann").note.hidden_up_to, 7U);
  EXPECT_TRUE(warnings_.empty());
}

INSTANTIATE_TEST_SUITE_P(FlushedAfter, NotesIndexAtEverySize, testing::Values(1, 7, 1'000'000));

TEST_F(NotesIndex, FindsNotesAgainWhenItWasDeleted) {
  open();
  write("ann", {"a1"});
  note("ann", 1);
  close();
  std::filesystem::remove_all(directory_.path() / "index");
  open();
  EXPECT_EQ(facts("ann"), (stream_facts{{1}, {.hidden_up_to = 1}}));
}

TEST_F(NotesIndex, ForgetsTheNotesOfAnotherLog) {
  open();
  write("ann", {"a1"});
  note("ann", 1);
  close();
  std::filesystem::remove_all(directory_.path() / "log");
  open();
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(facts("ann"), stream_facts{});
}

/// What stands in the index itself under a key of a table.
class IndexOfAnotherFormat : public NotesIndex {
 protected:
  void put(const char* table_name, std::string_view key, byte_view value) {
    const auto env = *lmdb::environment::open(folder("index"), {.map_bytes = map_bytes});
    auto txn = *lmdb::transaction::begin(env, lmdb::transaction::mode::write);
    const auto table = *txn.open_table(table_name, MDB_CREATE);
    ASSERT_TRUE(txn.put(table, as_bytes(key), value).has_value());
    ASSERT_TRUE(txn.commit().has_value());
  }
  void set_format(std::uint16_t format) {
    byte_buffer value;
    value.append_little(format);
    put("meta", "format", value.view());
  }
};

TEST_F(IndexOfAnotherFormat, IsBuiltAnewWithALineWhenItIsOlder) {
  open();
  write("ann", {"a1", "a2"}, "c-1");
  note("ann", 1);
  close();
  set_format(1);
  // As format 1 had it: without a time.
  std::string key;
  make_outcome_key(key, {"bank.account", "ann"}, "c-9");
  put("outcomes", key, as_bytes(std::string_view{"\0\2\2\0\0\0\0\0\0\0\0", 11}));
  open();
  ASSERT_EQ(infos_.size(), 1U);
  EXPECT_NE(infos_[0].find("format 1"), std::string::npos) << infos_[0];
  EXPECT_EQ(facts("ann"), (stream_facts{{2}, {.hidden_up_to = 1}}));
  EXPECT_TRUE(journal_->outcome({"bank.account", "ann"}, "c-1")->has_value());
  EXPECT_FALSE(journal_->outcome({"bank.account", "ann"}, "c-9")->has_value());
  open();
  EXPECT_EQ(infos_.size(), 1U);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(IndexOfAnotherFormat, IsRefusedWhenItIsNewer) {
  open();
  close();
  set_format(3);
  const auto opened = lmdb::open_index_store(folder("index"), map_bytes);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().what, error::code::newer_format);
}

/// Blocks of a log that a program of format 1 has written.
std::vector<tests::block_bytes> blocks_of_format_1() {
  std::ifstream in{std::filesystem::path{CAIRN_GOLDEN_DIRECTORY} / "log_v1.bin", std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  std::vector<tests::block_bytes> blocks;
  byte_reader records{as_bytes(text)};
  while (records.left() > 0) {
    const byte_view block = records.read_bytes(records.read_little<std::uint32_t>());
    blocks.emplace_back(block.begin(), block.end());
  }
  return blocks;
}

TEST_F(NotesIndex, GoesOnWithALogThatAProgramOfFormat1HasWritten) {
  {
    const auto older = log();
    const auto claimed = *older->claim();
    for (const auto& block : blocks_of_format_1())
      ASSERT_TRUE(older->append(claimed.epoch, std::vector<byte_view>{block}).has_value());
  }
  open();
  write("ann", {"new"}, "c-3");
  note("ann", 2);
  EXPECT_EQ(*tests::read_stream(*journal_, "ann"), (payloads{"old", "old", "old", "new"}));
  EXPECT_EQ(facts("ann"), (stream_facts{{4}, {.hidden_up_to = 2}}));
  EXPECT_TRUE(journal_->outcome({"bank.account", "ann"}, "c-0")->has_value());
  const auto checked = verify(journal_->log());
  ASSERT_TRUE(checked.has_value()) << describe(checked.error());
  EXPECT_EQ(checked->blocks, 5U);
  std::vector<std::uint16_t> formats;
  const auto reader = *journal_->log().read();
  for (auto block = *reader->seek(1); block; block = *reader->next())
    formats.push_back(detail::load_little<std::uint16_t>(block->data() + 4));
  EXPECT_EQ(formats, (std::vector<std::uint16_t>{1, 1, 1, block_format, block_format}));
}

}  // namespace
}  // namespace cairn::persistence

#pragma once

#include "cairn/testing/journal_contract/fixture.hpp"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// What a journal promises of what is written to it. See cairn/testing/journal_contract.hpp.

namespace cairn::persistence {

TYPED_TEST_P(JournalContract, CountsPositionsFrom1WithoutAGap) {
  EXPECT_EQ(this->journal_->durable_offset(), 0U);
  EXPECT_EQ(this->write("ann", {"a1"}), 1U);
  EXPECT_EQ(this->write("bob", {"b1", "b2"}), 3U);
  EXPECT_EQ(this->write("ann", {"a2"}), 4U);
  EXPECT_EQ(this->journal_->durable_offset(), 4U);
  const auto all = *tests::read_all(*this->journal_);
  EXPECT_EQ(all,
            (std::vector<tests::seen_commit>{
                {"ann", 0, 1, {"a1"}}, {"bob", 0, 2, {"b1", "b2"}}, {"ann", 1, 4, {"a2"}}}));
}

TYPED_TEST_P(JournalContract, CountsVersionsPerStream) {
  this->write("ann", {"a1", "a2"});
  this->write("bob", {"b1"});
  EXPECT_EQ(this->head("ann"), 2U);
  EXPECT_EQ(this->head("bob"), 1U);
  EXPECT_EQ(this->head("eve"), 0U);
}

TYPED_TEST_P(JournalContract, AnswersACommitWithoutEventsWithThePositionBefore) {
  EXPECT_EQ(this->host_->write({tests::rejected_commit("c-1")}), 0U);
  this->write("ann", {"a1", "a2"});
  EXPECT_EQ(this->host_->write({tests::rejected_commit("c-2")}), 2U);
  EXPECT_EQ(this->host_->wait_for_commits()->offset, 2U);
  EXPECT_EQ(this->head("ann"), 2U);
}

TYPED_TEST_P(JournalContract, TellsHostAndListenersWhatIsDurable) {
  this->write("ann", {"a1"});
  EXPECT_EQ(this->host_->durable_burst(), 1U);
  (void)this->host_->wait_for_commits();
  EXPECT_EQ(this->host_->durable_burst(), 2U);
  this->journal_->stop();
  EXPECT_EQ(this->groups_.load(), 2U);
  EXPECT_EQ(this->journal_->writer().counters().events.load(), 1U);
}

TYPED_TEST_P(JournalContract, WritesWhatIsQueuedBeforeItStops) {
  std::vector<std::unique_ptr<tests::waiting_reply>> replies;
  for (int i = 0; i < 100; ++i) {
    for (auto& reply : this->host_->submit({this->on("ann", {"e"})})) {
      replies.push_back(std::move(reply));
    }
  }
  this->journal_->stop();
  for (std::size_t i = 0; i < replies.size(); ++i)
    EXPECT_EQ(replies[i]->offset(), i + 1);
  EXPECT_EQ(verify(this->journal_->log())->events, 100U);
}

TYPED_TEST_P(JournalContract, GivesCommitsOfSeveralThreadsOneOrder) {
  constexpr std::size_t threads = 4;
  constexpr std::size_t rounds = 50;
  std::vector<std::thread> writers;
  for (std::size_t t = 0; t < threads; ++t) {
    writers.emplace_back([this, t] {
      tests::journal_host host{*this->journal_};
      const std::string id = "thread " + std::to_string(t);
      std::uint64_t last = 0;
      for (std::size_t i = 0; i < rounds; ++i) {
        const std::uint64_t offset = host.write({this->on(id, {"x", "y"}), this->on(id, {"z"})});
        EXPECT_GT(offset, last);
        last = offset;
      }
    });
  }
  for (std::thread& writer : writers)
    writer.join();
  const auto report = *verify(this->journal_->log());
  EXPECT_EQ(report.events, threads * rounds * 3);
  EXPECT_EQ(this->journal_->durable_offset(), report.events);
  for (std::size_t t = 0; t < threads; ++t) {
    EXPECT_EQ(this->head("thread " + std::to_string(t)), rounds * 3);
  }
}

TYPED_TEST_P(JournalContract, NeverLetsTimesFall) {
  auto later = this->on("ann", {"a1"});
  later.time = tests::at_second(100);
  auto earlier = this->on("ann", {"a2"});
  earlier.time = tests::at_second(50);
  this->host_->write({later});
  this->host_->write({earlier});
  std::vector<timestamp> times;
  log_cursor at;
  (void)*this->journal_->read(at, 9, [&times](const commit_view& commit) {
    times.push_back(commit.time());
    return result<void>{};
  });
  EXPECT_EQ(times, (std::vector<timestamp>{tests::at_second(100), tests::at_second(100)}));
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

TYPED_TEST_P(JournalContract, CutsALargeGroupIntoBlocksOfOneTransaction) {
  journal::options small;
  small.block_bytes = 4096;
  this->reopen_with(small);
  std::vector<tests::test_commit> many;
  for (int i = 0; i < 40; ++i)
    many.push_back(this->on("ann", {std::string(1000, 'x')}));
  const std::uint64_t last = this->head("ann") + 40;
  EXPECT_EQ(this->host_->write(many), last);
  const auto& counters = this->journal_->writer().counters();
  EXPECT_EQ(counters.groups.load(), 1U);
  EXPECT_GE(counters.blocks.load(), 10U);
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
  EXPECT_EQ(tests::read_stream(*this->journal_, "ann")->size(), 40U);
}

TYPED_TEST_P(JournalContract, KeepsLinkedCommitsInOneBlockHoweverLargeTheyAre) {
  journal::options small;
  small.block_bytes = 4096;
  this->reopen_with(small);
  auto first = this->on("ann", {std::string(3000, 'x')});
  auto second = this->on("bob", {std::string(3000, 'y')});
  first.linked = second.linked = true;
  const auto third = this->on("cid", {std::string(3000, 'z')});
  const auto apart = this->on("dan", {std::string(3000, '-')});
  this->host_->write({apart, first, second, third, apart});
  std::vector<std::uint32_t> commits_of_blocks;
  const auto reader = *this->journal_->log().read();
  for (auto block = *reader->seek(1); block; block = *reader->next())
    commits_of_blocks.push_back(block_view::parse(*block)->header().commit_count);
  EXPECT_EQ(commits_of_blocks, (std::vector<std::uint32_t>{1, 3, 1}));
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

TYPED_TEST_P(JournalContract, StoresACommitThatIsLargerThanABlock) {
  const std::string large(300'000, 'x');
  this->host_->write({this->on("ann", {"1"}), this->on("ann", {large}), this->on("ann", {"3"})});
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"),
            (std::vector<std::string>{"1", large, "3"}));
}

TYPED_TEST_P(JournalContract, StoresManyStreamsInOneGroup) {
  std::vector<tests::test_commit> many;
  for (int i = 0; i < 500; ++i)
    many.push_back(this->on("stream " + std::to_string(i), {"a", "b"}));
  EXPECT_EQ(this->host_->write(many), 1'000U);
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(this->head("stream " + std::to_string(i)), 2U) << i;
}

TYPED_TEST_P(JournalContract, KeepsTheLongestIdsAndAnyBytes) {
  const std::string id(aggregate_id_max_bytes, 'i');
  const std::string command(message_id_max_bytes, 'c');
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes.push_back(static_cast<char>(i));
  const std::string large(std::size_t{1} << 20U, 'x');
  this->write(id, {bytes, "", large}, command);
  this->write(id.substr(1), {"another stream"});
  EXPECT_EQ(*tests::read_stream(*this->journal_, id), (std::vector<std::string>{bytes, "", large}));
  EXPECT_EQ(this->outcome(id, command), (stored_outcome{false, 0, {3}, 3, tests::at_second(1)}));
  EXPECT_EQ(this->head(id.substr(1)), 1U);
}

TYPED_TEST_P(JournalContract, AnswersEachCommitOnceInTheOrderOfTheLog) {
  tests::journal_host other{*this->journal_};
  std::vector<std::unique_ptr<tests::waiting_reply>> ours;
  std::vector<std::unique_ptr<tests::waiting_reply>> theirs;
  const auto keep = [](auto& in, auto replies) {
    for (auto& one : replies)
      in.push_back(std::move(one));
  };
  for (int i = 0; i < 50; ++i) {
    keep(ours, this->host_->submit({this->on("ann", {"a"}), this->on("ann", {"a"})}));
    keep(theirs, other.submit({this->on("bob", {"b"})}));
  }
  std::uint64_t last = 0;
  for (const auto& one : ours) {
    const std::uint64_t offset = one->offset();
    EXPECT_GT(offset, last);
    last = offset;
  }
  last = 0;
  for (const auto& one : theirs) {
    const std::uint64_t offset = one->offset();
    EXPECT_GT(offset, last);
    last = offset;
  }
  EXPECT_EQ(this->journal_->durable_offset(), 150U);
}

}  // namespace cairn::persistence

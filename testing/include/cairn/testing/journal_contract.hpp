#pragma once

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"
#include "cairn/testing/journal_probe.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// What every journal promises. A storage joins with a struct that has
// `std::unique_ptr<block_log> log()`, `std::unique_ptr<index_store> index()` (null for memory), and
// one INSTANTIATE_TYPED_TEST_SUITE_P.

namespace cairn::persistence {

template <class Backend> class JournalContract : public ::testing::Test {
 protected:
  using commits = std::vector<tests::test_commit>;
  using payloads = std::vector<std::string>;

  JournalContract() { open(); }

  void open() {
    options_.room = [this] {
      const std::lock_guard lock{mutex_};
      return room_ ? result<void>{*room_} : result<void>{};
    };
    auto log = probe_ ? *probe_->source()({0}) : backend_.log();
    journal_ = *journal::open(std::move(log), backend_.index(), tests::bank_names(), options_);
    journal_->on_group([this] { groups_.fetch_add(1); });
    ASSERT_TRUE(journal_->start().has_value());
    host_ = std::make_unique<tests::journal_host>(*journal_);
  }
  void reopen_with(journal::options settings) {
    journal_.reset();
    options_ = std::move(settings);
    open();
  }
  /// From here on the log can be made to fail; reopen() finds it as it was left.
  void put_a_probe_in_between() {
    host_.reset();
    journal_.reset();
    probe_.emplace([this](partition_id /*the only one*/) -> result<std::unique_ptr<block_log>> {
      return backend_.log();
    });
    open();
  }
  void reopen() {
    host_.reset();
    journal_.reset();
    open();
  }
  error::code refusal_of(std::string id, payloads events) {
    const auto answer = host_->submit({on(std::move(id), std::move(events))})[0]->wait();
    host_->reload();
    return answer ? error::code{} : answer.error().what;
  }

  void set_room(std::optional<error> refusal) {
    const std::lock_guard lock{mutex_};
    room_ = std::move(refusal);
  }

  static tests::test_commit on(std::string id, payloads events, std::string command_id = {}) {
    tests::test_commit made = tests::commit_of(std::move(events));
    made.id = std::move(id);
    made.command_id = std::move(command_id);
    return made;
  }
  std::uint64_t write(std::string id, payloads events, std::string command_id = {}) {
    return host_->write({on(std::move(id), std::move(events), std::move(command_id))});
  }

  std::uint64_t head(const std::string& id) { return journal_->head({"bank.account", id})->value; }
  std::optional<stored_outcome> outcome(const std::string& id, const std::string& command_id) {
    (void)head(id);  // waits for the index
    return *journal_->outcome({"bank.account", id}, command_id);
  }

  Backend backend_;
  std::mutex mutex_;
  std::optional<error> room_;
  std::atomic<std::uint64_t> groups_{0};
  journal::options options_;
  std::optional<testing::journal_probe> probe_;
  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
};

TYPED_TEST_SUITE_P(JournalContract);

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

TYPED_TEST_P(JournalContract, ReadsOnFromACursorInTheMiddleOfABlock) {
  this->host_->write(
      {this->on("ann", {"a1", "a2"}), this->on("bob", {"b1"}, "c"), this->on("ann", {"a3"})});
  const auto from_third = *tests::read_all(*this->journal_, {.next_offset = 3});
  ASSERT_EQ(from_third.size(), 2U);
  EXPECT_EQ(from_third[0].id, "bob");
  // A commit is never cut: a cursor inside it gets all of it.
  EXPECT_EQ((*tests::read_all(*this->journal_, {.next_offset = 2}))[0].first_offset, 1U);
  EXPECT_TRUE(tests::read_all(*this->journal_, {.next_offset = 5})->empty());
}

TYPED_TEST_P(JournalContract, ReadsWholeBlocksAndMovesTheCursor) {
  for (int i = 0; i < 5; ++i)
    this->write("ann", {"x", "y"});
  log_cursor at;
  std::vector<std::uint64_t> seen;
  const auto note = [&seen](const commit_view& commit) {
    seen.push_back(commit.first_offset());
    return result<void>{};
  };
  EXPECT_EQ(*this->journal_->read(at, 3, note), 4U);
  EXPECT_EQ(at.applied(), 4U);
  EXPECT_EQ(*this->journal_->read(at, 100, note), 6U);
  EXPECT_EQ(*this->journal_->read(at, 100, note), 0U);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 3, 5, 7, 9}));
  this->write("ann", {"z"});
  EXPECT_EQ(*this->journal_->read(at, 100, note), 1U);
}

TYPED_TEST_P(JournalContract, ReadsCommitsWithoutEventsOnceEach) {
  log_cursor at;
  std::vector<std::string> seen;
  const auto note = [&seen](const commit_view& commit) {
    seen.emplace_back(commit.command_id());
    return result<void>{};
  };
  this->host_->write({tests::rejected_commit("c-1")});
  this->host_->write({tests::rejected_commit("c-2")});
  EXPECT_EQ(*this->journal_->read(at, 1, note), 0U);
  EXPECT_EQ(at.applied(), 0U);
  this->host_->write({tests::rejected_commit("c-3")});
  this->write("ann", {"a1"}, "c-4");
  EXPECT_EQ(*this->journal_->read(at, 1, note), 1U);
  EXPECT_EQ(*this->journal_->read(at, 1, note), 0U);
  EXPECT_EQ(seen, (std::vector<std::string>{"c-1", "c-2", "c-3", "c-4"}));
}

TYPED_TEST_P(JournalContract, ReadsOverManyBlocksWithoutEvents) {
  for (int i = 0; i < 600; ++i)
    this->host_->write({tests::rejected_commit()});
  this->write("ann", {"a1"});
  EXPECT_EQ(tests::read_all(*this->journal_)->size(), 601U);
}

TYPED_TEST_P(JournalContract, StopsReadingAtTheVisitorsError) {
  this->write("ann", {"a1"});
  this->write("ann", {"a2"});
  log_cursor at;
  const auto refuse_second = [](const commit_view& commit) -> result<void> {
    if (commit.first_offset() < 2) return {};
    return error{error::code::user_code_threw, "stop"};
  };
  EXPECT_EQ(this->journal_->read(at, 9, refuse_second).error().detail, "stop");
  EXPECT_EQ(at.applied(), 1U);
}

TYPED_TEST_P(JournalContract, ReadsAStreamBetweenVersions) {
  this->write("ann", {"1", "2"});
  this->write("bob", {"x"});
  this->write("ann", {"3"});
  this->write("ann", {"4", "5"});
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"),
            (std::vector<std::string>{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann", 3), (std::vector<std::string>{"4", "5"}));
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann", 0, 3),
            (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(*tests::read_stream(*this->journal_, "bob"), (std::vector<std::string>{"x"}));
  EXPECT_TRUE(tests::read_stream(*this->journal_, "eve")->empty());
}

TYPED_TEST_P(JournalContract, ReadsAStreamWhoseBlockBeginsWithARejection) {
  this->host_->write({tests::rejected_commit("c-1"),
                      this->on("bob", {"b1"}),
                      tests::rejected_commit("c-2"),
                      this->on("bob", {"b2"})});
  EXPECT_EQ(*tests::read_stream(*this->journal_, "bob"), (std::vector<std::string>{"b1", "b2"}));
}

TYPED_TEST_P(JournalContract, ReadsAStreamThatBeginsBehindBlocksWithoutEvents) {
  this->write("ann", {"a1"});
  for (const char* id : {"c-1", "c-2", "c-3"})
    this->host_->write({tests::rejected_commit(id)});
  this->write("bob", {"b1"});
  this->host_->write({tests::rejected_commit("c-4")});
  this->write("bob", {"b2"});
  EXPECT_EQ(*tests::read_stream(*this->journal_, "bob"), (std::vector<std::string>{"b1", "b2"}));
}

TYPED_TEST_P(JournalContract, KnowsWhatACommandWithAnIdCameTo) {
  this->write("ann", {"a1", "a2"}, "c-1");
  tests::test_commit refused = tests::rejected_commit("c-2");
  refused.rejection = -7;
  this->host_->write({refused});
  this->write("ann", {}, "c-3");
  const timestamp time = tests::at_second(1);
  EXPECT_EQ(this->outcome("ann", "c-1"), (stored_outcome{false, 0, {2}, 2, time}));
  EXPECT_EQ(this->outcome("ann", "c-2"), (stored_outcome{true, -7, {2}, 2, time}));
  EXPECT_EQ(this->outcome("ann", "c-3"), (stored_outcome{false, 0, {2}, 2, time}));
  EXPECT_FALSE(this->outcome("bob", "c-1").has_value());
  EXPECT_FALSE(this->outcome("ann", "c-9").has_value());
}

TYPED_TEST_P(JournalContract, KnowsWhetherAStreamHasCommandsWithIds) {
  this->write("ann", {"a1"});
  this->write("bo", {"b1"});
  this->write("bob", {"b1"}, "c-1");
  (void)this->head("bob");
  EXPECT_FALSE(*this->journal_->index().has_outcomes({"bank.account", "ann"}));
  EXPECT_FALSE(*this->journal_->index().has_outcomes({"bank.account", "bo"}));
  EXPECT_TRUE(*this->journal_->index().has_outcomes({"bank.account", "bob"}));
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

TYPED_TEST_P(JournalContract, TellsTheVersionOfAStreamWithItsNewestNote) {
  this->write("ann", {"a1", "a2"});
  EXPECT_EQ(*this->journal_->facts({"bank.account", "ann"}), (stream_facts{{2}, {}}));
  auto noted = tests::note_of("ann", {.hidden_up_to = 1, .count_max = 9});
  noted.command_id = "c-1";
  EXPECT_EQ(this->host_->write({noted, tests::note_of("bob", {.tombstoned = true})}), 2U);
  EXPECT_EQ(*this->journal_->facts({"bank.account", "ann"}), (stream_facts{{2}, *noted.note}));
  EXPECT_TRUE(this->journal_->facts({"bank.account", "bob"})->note.tombstoned);
  EXPECT_EQ(*this->journal_->facts({"bank.account", "eve"}), stream_facts{});
  EXPECT_EQ(this->outcome("ann", "c-1"), (stored_outcome{false, 0, {2}, 2, tests::at_second(1)}));
  // The newest replaces the one before as a whole.
  this->host_->write({tests::note_of("ann", {.hidden_up_to = 2})});
  this->write("ann", {"a3"});
  EXPECT_EQ(*this->journal_->facts({"bank.account", "ann"}),
            (stream_facts{{3}, {.hidden_up_to = 2}}));
}

TYPED_TEST_P(JournalContract, HidesEventsFromReadersAndFromNobodyElse) {
  for (int second : {10, 20, 30}) {
    auto one = this->on("ann", {"first", "second"});
    one.time = tests::at_second(second);
    this->host_->write({one, this->on("bob", {"b"})});
  }
  const stream_name ann{"bank.account", "ann"};
  const auto hidden = [&](const retention& of_type, int now) {
    const auto facts = *this->journal_->facts(ann);
    return this->journal_->hidden_before(ann, facts, of_type, tests::at_second(now))->value;
  };
  using std::chrono::seconds;
  EXPECT_EQ(hidden({}, 1000), 0U);
  EXPECT_EQ(hidden({.count_max = 1}, 0), 5U);
  EXPECT_EQ(hidden({.age_max = seconds{100}}, 110), 0U);
  EXPECT_EQ(hidden({.age_max = seconds{100}}, 111), 2U);
  EXPECT_EQ(hidden({.age_max = seconds{100}}, 1000), 6U);
  this->host_->write({tests::note_of("ann", {.hidden_up_to = 3, .age_max = seconds{5}})});
  EXPECT_EQ(hidden({}, 25), 3U);
  EXPECT_EQ(hidden({}, 26), 4U);
  EXPECT_EQ(this->head("ann"), 6U);
  EXPECT_EQ(tests::read_stream(*this->journal_, "ann")->size(), 6U);
}

TYPED_TEST_P(JournalContract, StoresACommitThatIsLargerThanABlock) {
  const std::string large(300'000, 'x');
  this->host_->write({this->on("ann", {"1"}), this->on("ann", {large}), this->on("ann", {"3"})});
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"),
            (std::vector<std::string>{"1", large, "3"}));
}

TYPED_TEST_P(JournalContract, KeepsNothingOfAGroupThatIsRefused) {
  this->write("ann", {"a1"});
  this->set_room(error{error::code::store_full, "no room"});
  const auto replies = this->host_->submit({this->on("ann", {"a2"}), this->on("bob", {"b1"})});
  for (const auto& reply : replies) {
    EXPECT_EQ(reply->wait().error().what, error::code::store_full);
  }
  EXPECT_EQ(this->journal_->durable_offset(), 1U);
  EXPECT_EQ(this->head("ann"), 1U);
  EXPECT_EQ(this->journal_->writer().counters().commits.load(), 1U);
  EXPECT_EQ(this->journal_->writer().counters().failed_groups.load(), 1U);
}

TYPED_TEST_P(JournalContract, RefusesBurstsThatWereDecidedBeforeAFailure) {
  this->write("ann", {"a1"});
  const std::uint64_t era = this->journal_->writer().era();
  this->set_room(error{error::code::store_full, "no room"});
  EXPECT_EQ(this->write("ann", {"a2"}), 0U);
  EXPECT_EQ(this->journal_->writer().era(), era + 1);
  this->set_room({});
  const auto late = this->host_->submit({this->on("ann", {"a3"})})[0]->wait();
  EXPECT_EQ(late.error().what, error::code::store_full);
  EXPECT_EQ(effect_of(late.error().what), error::effect::none);
  this->host_->reload();
  EXPECT_EQ(this->write("ann", {"again"}), 2U);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"), (std::vector<std::string>{"a1", "again"}));
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

TYPED_TEST_P(JournalContract, GoesOnAfterARefusalOfAnyKind) {
  this->set_room(error{error::code::io_failed, "cannot look"});
  EXPECT_EQ(this->write("ann", {"a1"}), 0U);
  this->set_room({});
  this->host_->reload();
  EXPECT_EQ(this->write("ann", {"a1"}), 1U);
}

TYPED_TEST_P(JournalContract, IsFencedForGoodByAnotherClaim) {
  this->write("ann", {"a1"});
  // Through the back door: the same log, as another process would.
  (void)*const_cast<block_log&>(this->journal_->log()).claim();
  const auto refused = this->host_->submit({this->on("ann", {"a2"})})[0]->wait();
  EXPECT_EQ(refused.error().what, error::code::fenced);
  this->host_->reload();
  const auto later = this->host_->submit({this->on("ann", {"a2"})})[0]->wait();
  EXPECT_EQ(later.error().what, error::code::fenced);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"), (std::vector<std::string>{"a1"}));
}

TYPED_TEST_P(JournalContract, SaysWhyAStoppedIndexCannotBeAsked) {
  this->write("ann", {"a1"});
  this->journal_->stop();
  EXPECT_EQ(this->head("ann"), 1U);  // what it has, it still knows
  auto& index = const_cast<stream_index&>(this->journal_->index());
  EXPECT_EQ(index.wait_for(1'000).error().what, error::code::shutting_down);
}

TYPED_TEST_P(JournalContract, ReplaysEveryWindowOfAStream) {
  this->write("ann", {"1"});
  this->write("bob", {"x"});
  this->write("ann", {"2"});
  this->write("ann", {"3"});
  this->write("ann", {"4", "5"});
  constexpr std::uint64_t all = UINT64_MAX;
  const auto replay = [this](std::uint64_t from, std::uint64_t to) {
    return *tests::read_stream(*this->journal_, "ann", from - 1, to);
  };
  using texts = std::vector<std::string>;
  EXPECT_EQ(replay(1, all), (texts{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(replay(3, all), (texts{"3", "4", "5"}));
  EXPECT_EQ(replay(1, 3), (texts{"1", "2", "3"}));
  EXPECT_EQ(replay(2, 3), (texts{"2", "3"}));
  EXPECT_EQ(replay(2, 2), (texts{"2"}));
  EXPECT_EQ(replay(3, 2), texts{});
  EXPECT_EQ(replay(6, all), texts{});
  // A commit is shown whole: whoever wants less looks at the versions.
  EXPECT_EQ(replay(5, all), (texts{"4", "5"}));
  EXPECT_EQ(replay(4, 4), (texts{"4", "5"}));
  EXPECT_EQ(this->head("ann"), 5U);
  EXPECT_TRUE(tests::read_stream(*this->journal_, "never written")->empty());
  EXPECT_EQ(this->head("never written"), 0U);
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

TYPED_TEST_P(JournalContract, ShowsWhatIsAnsweredToWhoeverReplaysMeanwhile) {
  constexpr std::uint64_t rounds = 100;
  std::atomic<std::uint64_t> answered{0};
  std::atomic<int> missing{0};
  std::thread replaying{[&] {
    for (std::uint64_t least = 0; least < rounds;) {
      least = answered.load();
      const auto seen = tests::read_stream(*this->journal_, "ann");
      bool good = seen && seen->size() >= least;
      for (std::size_t i = 0; good && i < seen->size(); ++i)
        good = (*seen)[i] == std::to_string(i);
      missing += good ? 0 : 1;
    }
  }};
  for (std::uint64_t i = 0; i < rounds; ++i) {
    this->write("ann", {std::to_string(i)});
    answered = i + 1;
  }
  replaying.join();
  EXPECT_EQ(missing.load(), 0);
}

TYPED_TEST_P(JournalContract, StoresNothingOfARejectedAppendAndGoesOn) {
  this->put_a_probe_in_between();
  this->write("ann", {"a1"});
  this->probe_->reject_next();
  EXPECT_EQ(this->refusal_of("ann", {"lost", "too"}), error::code::store_full);
  EXPECT_EQ(this->head("ann"), 1U);
  EXPECT_EQ(this->write("ann", {"a2"}), 2U);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"), (std::vector<std::string>{"a1", "a2"}));
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

TYPED_TEST_P(JournalContract, WritesNoMoreAfterAFailureButReads) {
  this->put_a_probe_in_between();
  this->write("ann", {"a1"});
  this->probe_->fail_next({error::code::storage_failed, "the disk"});
  EXPECT_EQ(this->refusal_of("ann", {"lost"}), error::code::storage_failed);
  // The log would take it: it is the journal that has had enough.
  EXPECT_EQ(this->refusal_of("ann", {"refused"}), error::code::storage_failed);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"), std::vector<std::string>{"a1"});
  this->reopen();
  EXPECT_EQ(this->write("ann", {"a2"}), 2U);
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

TYPED_TEST_P(JournalContract, FindsAfterARestartWhatWasStoredWithoutAnAnswer) {
  this->put_a_probe_in_between();
  this->write("ann", {"a1"});
  this->probe_->fail_next({error::code::uncertain, "died"}, testing::journal_probe::fate::stored);
  EXPECT_EQ(this->refusal_of("ann", {"a2", "a3"}), error::code::uncertain);
  this->reopen();
  EXPECT_EQ(this->head("ann"), 3U);
  EXPECT_EQ(this->write("ann", {"a4"}), 4U);
  EXPECT_EQ(*tests::read_stream(*this->journal_, "ann"),
            (std::vector<std::string>{"a1", "a2", "a3", "a4"}));
  EXPECT_TRUE(verify(this->journal_->log()).has_value());
}

REGISTER_TYPED_TEST_SUITE_P(JournalContract,
                            CountsPositionsFrom1WithoutAGap,
                            CountsVersionsPerStream,
                            AnswersACommitWithoutEventsWithThePositionBefore,
                            TellsHostAndListenersWhatIsDurable,
                            WritesWhatIsQueuedBeforeItStops,
                            GivesCommitsOfSeveralThreadsOneOrder,
                            ReadsOnFromACursorInTheMiddleOfABlock,
                            ReadsWholeBlocksAndMovesTheCursor,
                            ReadsCommitsWithoutEventsOnceEach,
                            ReadsOverManyBlocksWithoutEvents,
                            StopsReadingAtTheVisitorsError,
                            ReadsAStreamBetweenVersions,
                            ReadsAStreamWhoseBlockBeginsWithARejection,
                            ReadsAStreamThatBeginsBehindBlocksWithoutEvents,
                            KnowsWhatACommandWithAnIdCameTo,
                            KnowsWhetherAStreamHasCommandsWithIds,
                            NeverLetsTimesFall,
                            CutsALargeGroupIntoBlocksOfOneTransaction,
                            KeepsLinkedCommitsInOneBlockHoweverLargeTheyAre,
                            TellsTheVersionOfAStreamWithItsNewestNote,
                            HidesEventsFromReadersAndFromNobodyElse,
                            StoresACommitThatIsLargerThanABlock,
                            KeepsNothingOfAGroupThatIsRefused,
                            RefusesBurstsThatWereDecidedBeforeAFailure,
                            GoesOnAfterARefusalOfAnyKind,
                            ReplaysEveryWindowOfAStream,
                            StoresManyStreamsInOneGroup,
                            KeepsTheLongestIdsAndAnyBytes,
                            AnswersEachCommitOnceInTheOrderOfTheLog,
                            ShowsWhatIsAnsweredToWhoeverReplaysMeanwhile,
                            StoresNothingOfARejectedAppendAndGoesOn,
                            WritesNoMoreAfterAFailureButReads,
                            FindsAfterARestartWhatWasStoredWithoutAnAnswer,
                            IsFencedForGoodByAnotherClaim,
                            SaysWhyAStoppedIndexCannotBeAsked);

}  // namespace cairn::persistence

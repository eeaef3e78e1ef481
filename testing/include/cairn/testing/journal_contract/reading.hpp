#pragma once

#include "cairn/testing/journal_contract/fixture.hpp"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

// What a journal promises to its readers. See cairn/testing/journal_contract.hpp.

namespace cairn::persistence {

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

TYPED_TEST_P(JournalContract, TellsTheVersionOfAStreamWithItsNewestNote) {
  this->write("ann", {"a1", "a2"});
  EXPECT_EQ(this->facts("ann"), (stream_facts{{2}, {}}));
  auto noted = tests::note_of("ann", {.hidden_up_to = 1, .count_max = 9});
  noted.command_id = "c-1";
  EXPECT_EQ(this->host_->write({noted, tests::note_of("bob", {.tombstoned = true})}), 2U);
  EXPECT_EQ(this->facts("ann"), (stream_facts{{2}, *noted.note}));
  EXPECT_TRUE(this->facts("bob").note.tombstoned);
  EXPECT_EQ(this->facts("eve"), stream_facts{});
  EXPECT_EQ(this->outcome("ann", "c-1"), (stored_outcome{false, 0, {2}, 2, tests::at_second(1)}));
  // The newest replaces the one before as a whole.
  this->host_->write({tests::note_of("ann", {.hidden_up_to = 2})});
  this->write("ann", {"a3"});
  EXPECT_EQ(this->facts("ann"), (stream_facts{{3}, {.hidden_up_to = 2}}));
}

TYPED_TEST_P(JournalContract, HidesEventsFromReadersAndFromNobodyElse) {
  for (int second : {10, 20, 30}) {
    auto one = this->on("ann", {"first", "second"});
    one.time = tests::at_second(second);
    this->host_->write({one, this->on("bob", {"b"})});
  }
  const stream_name ann{"bank.account", "ann"};
  const auto hidden = [&](const retention& of_type, int now) {
    const auto facts = this->facts("ann");
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

}  // namespace cairn::persistence

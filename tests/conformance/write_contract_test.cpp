#include "conformance/scribe.hpp"
#include "conformance/slow_log.hpp"
#include "support/running.hpp"

#include "cairn/persistence/stream_name.hpp"
#include "cairn/testing/journal_probe.hpp"

#include <atomic>
#include <future>
#include <span>

// What a journal's plug-in owes to its users in Pekko (W1 to W9, JI1 to JI5), and what becomes of
// it here: one writer for each partition, which stores groups of commands.

namespace cairn::tests {
namespace {

using conformance::scribe;
using conformance::write;
using testing::journal_probe;

/// An id that lives in this one of two partitions.
std::string id_in(std::size_t partition, const std::string& name) {
  for (int i = 0;; ++i) {
    const std::string id = name + std::to_string(i);
    if (persistence::hash_of({"scribe", id}) % 2 == partition) return id;
  }
}

/// Notes who was answered, in which order: "a: 1", "a: rejected", "a: store_full".
class WriteContract : public ::testing::Test {
 protected:
  ~WriteContract() override {
    probe.release();
    app.reset();
  }

  void start() {
    config settings;
    settings.in_memory = true;
    settings.partitions = partitions;
    // One host: what is sent to it is decided in that order, also of different aggregates.
    settings.workers = 1;
    settings.hosts_per_type = 1;
    // And those that have to wake do so one after the other.
    settings.recovery_threads = 1;
    auto started = builder{settings}.add<scribe>().journal_from(probe.source()).start();
    ASSERT_TRUE(started) << describe(started.error());
    app.emplace(*std::move(started));
  }
  void restart() {
    app.reset();
    start();
  }

  aggregate_handle<scribe> at(const std::string& id) { return app->aggregate<scribe>(id); }
  void send(const std::string& id, std::vector<std::string> texts) {
    at(id).ask(write{std::move(texts)}, {}, [this, id](const outcome<scribe>& out) {
      answers.put(id + ": " + words_for(out));
    });
  }
  static std::string words_for(const outcome<scribe>& out) {
    if (out.accepted() != nullptr) return std::to_string(out.accepted()->version.value);
    return out.rejected() != nullptr ? "rejected" : std::string{to_string(out.failed()->what)};
  }
  /// Holds the next write back, which is one to this aggregate.
  void hold_a_write_to(const std::string& id) {
    probe.hold_next();
    send(id, {"held"});
    ASSERT_TRUE(probe.wait_until_held());
  }
  /// Returns when all that was sent so far is decided and given to the writer.
  void let_all_be_decided() {
    // Nothing of this aggregate is on its way, so its rejections do not wait for the disk. The
    // second one comes out of a later run of the host than the first.
    for (int i = 0; i < 2; ++i)
      ASSERT_TRUE(at(id_in(0, "bystander")).ask(write{}).rejected());
  }
  std::vector<std::string> stored(const std::string& id) {
    std::vector<std::string> texts;
    for (const auto& event : probe.events_of<scribe>(id))
      texts.push_back(std::get<conformance::written>(event).text);
    return texts;
  }

  static constexpr std::uint16_t partitions = 2;
  temporary_directory directory;
  journal_probe probe{lmdb_logs(directory.path()), partitions};
  std::optional<runtime> app;
  collected<std::string> answers;
};

using words = std::vector<std::string>;

TEST_F(WriteContract, CommandsOfOneGroupAreIndependentOfEachOther) {
  start();
  const std::string a = id_in(0, "a");
  const std::string b = id_in(0, "b");
  hold_a_write_to(a);
  send(b, {"1", "2"});
  send(b, {"3", "cannot be stored"});
  send(b, {});
  send(b, {"4"});
  let_all_be_decided();
  // What threw rests on nothing that could be lost, so it need not wait for the disk.
  EXPECT_EQ(answers.wait_for(1), words{b + ": user_code_threw"});
  probe.release();
  EXPECT_EQ(answers.wait_for(5),
            (words{b + ": user_code_threw", a + ": 1", b + ": 2", b + ": rejected", b + ": 3"}));
  EXPECT_EQ(stored(b), (words{"1", "2", "4"}));
}

TEST_F(WriteContract, AGroupThatTheDiskRefusesIsRefusedAsAWhole) {
  start();
  const std::string a = id_in(0, "a");
  const std::string b = id_in(0, "b");
  const std::string c = id_in(0, "c");
  hold_a_write_to(a);
  send(b, {"1", "2"});
  send(c, {"1"});
  let_all_be_decided();
  // The one that is held counts, too.
  probe.fail_nth(2, {error::code::store_full, "no room"});
  probe.release();
  EXPECT_EQ(answers.wait_for(3), (words{a + ": 1", b + ": store_full", c + ": store_full"}));
  EXPECT_EQ(stored(b), words{});
  EXPECT_EQ(stored(c), words{});
  EXPECT_EQ(words_for(at(b).ask(write{{"again"}})), "1");
}

TEST_F(WriteContract, ARefusedGroupLeavesNothingBehindInWhatIsDecidedNext) {
  start();
  const std::string a = id_in(0, "a");
  std::uint64_t version = 0;
  for (int round = 1; round <= 3; ++round) {
    probe.reject_next();
    hold_a_write_to(a);
    // Rejections, which store nothing, are the last that the host decides before it is refused.
    let_all_be_decided();
    probe.release();
    (void)answers.wait_for(static_cast<std::size_t>(round));
    for (int i = 0; i < 2; ++i) {
      const std::string next = std::to_string(++version);
      EXPECT_EQ(words_for(at(a).ask(write{{next}})), next);
    }
  }
  EXPECT_EQ(answers.wait_for(3), words(3, a + ": store_full"));
  EXPECT_EQ(stored(a), (words{"1", "2", "3", "4", "5", "6"}));
  restart();
  EXPECT_EQ(at(a).state()->state.texts, (words{"1", "2", "3", "4", "5", "6"}));
}

TEST_F(WriteContract, UncertaintyIsToldAndTheAggregateIsReadAgain) {
  for (const auto fate : {journal_probe::fate::lost, journal_probe::fate::stored}) {
    start();
    const std::string id = "p" + std::to_string(static_cast<int>(fate));
    ASSERT_TRUE(at(id).ask(write{{"1"}}, {.command_id = "c-1"}).accepted());
    probe.fail_next({error::code::uncertain, "died"}, fate);
    const auto out = at(id).ask(write{{"2"}}, {.command_id = "c-2"});
    ASSERT_TRUE(out.failed());
    EXPECT_EQ(effect_of(out.failed()->what), error::effect::uncertain);
    restart();
    const bool is_stored = fate == journal_probe::fate::stored;
    EXPECT_EQ(at(id).state()->state.texts, (is_stored ? words{"1", "2"} : words{"1"}));
    const auto again = at(id).ask(write{{"2"}}, {.command_id = "c-2"});
    ASSERT_TRUE(again.accepted());
    EXPECT_EQ(again.accepted()->repeated, is_stored);
    EXPECT_EQ(stored(id), (words{"1", "2"}));
    app.reset();
  }
}

TEST_F(WriteContract, ARefusalOfTheDomainIsDecidedBeforeTheStoreIsTouched) {
  start();
  ASSERT_TRUE(at("p").ask(write{{"1"}}).accepted());
  probe.fail_next({error::code::storage_failed, "would strike whatever is stored"});
  EXPECT_TRUE(at("p").ask(write{}).rejected());
  EXPECT_EQ(words_for(at("p").ask(write{{"cannot be stored"}})), "user_code_threw");
  EXPECT_EQ(words_for(at("p").ask(write{{"cannot be applied"}})), "user_code_threw");
  EXPECT_EQ(words_for(at("p").ask(write{{std::string(2 * mib, 'x')}})), "too_large");
  EXPECT_EQ(words_for(at("p").ask(write{{"2"}}, {.expected = version{7}})), "conflict");
  probe.heal();
  EXPECT_EQ(words_for(at("p").ask(write{{"2"}})), "2");
}

TEST_F(WriteContract, ADiskThatFailsIsNeverARejection) {
  for (const auto code : {error::code::store_full,
                          error::code::storage_failed,
                          error::code::uncertain,
                          error::code::corrupt}) {
    start();
    probe.fail_next({code, "the disk"});
    const auto out = at("p").ask(write{{"x"}});
    EXPECT_EQ(out.rejected(), nullptr);
    ASSERT_TRUE(out.failed());
    EXPECT_EQ(out.failed()->what, code);
    app.reset();
  }
  EXPECT_EQ(stored("p"), words{});
}

TEST_F(WriteContract, EachCommandIsAnsweredExactlyOnceWhateverFails) {
  start();
  constexpr std::size_t many = 200;
  probe.fail_nth(2, {error::code::store_full, "no room"});
  std::vector<std::atomic<int>> answered(many);
  for (std::size_t i = 0; i < many; ++i) {
    at(std::to_string(i % 7))
        .ask(write{{std::to_string(i)}}, {}, [this, i, &answered](const outcome<scribe>& out) {
          ++answered[i];
          answers.put(words_for(out));
        });
  }
  const auto all = answers.wait_for(many);
  // Nothing is left that could answer once more.
  app.reset();
  EXPECT_EQ(answers.size(), many);
  for (const auto& one : answered)
    EXPECT_EQ(one.load(), 1);
  std::size_t accepted = 0;
  for (const auto& one : all)
    accepted += one == "store_full" ? 0 : 1;
  EXPECT_EQ(probe.events()->size(), accepted);
}

TEST_F(WriteContract, WhatComesWhileAWriteIsOnItsWayGoesTogetherIntoTheNextOne) {
  start();
  const std::string a = id_in(0, "a");
  hold_a_write_to(a);
  words expected{a + ": 1"};
  for (int i = 2; i <= 30; ++i) {
    send(a, {std::to_string(i)});
    expected.push_back(a + ": " + std::to_string(i));
  }
  let_all_be_decided();
  // Decided ahead of the disk, but neither stored nor answered before the one on its way.
  EXPECT_EQ(stored(a), words{});
  EXPECT_EQ(answers.size(), 0U);
  probe.release();
  EXPECT_EQ(answers.wait_for(30), expected);
  EXPECT_EQ(app->status().groups, 2U);
}

TEST_F(WriteContract, AReloadWaitsForTheWriteThatIsOnItsWay) {
  start();
  const std::string a = id_in(0, "a");
  hold_a_write_to(a);
  send(a, {"queued"});
  // This makes the host read the aggregate again, from a log that has none of its events yet.
  send(a, {"cannot be applied"});
  send(a, {"last"});
  let_all_be_decided();
  // What threw rests on nothing that could be lost; "last" waits for what is on its way.
  EXPECT_EQ(answers.wait_for(1), words{a + ": user_code_threw"});
  probe.release();
  EXPECT_EQ(answers.wait_for(4), (words{a + ": user_code_threw", a + ": 1", a + ": 2", a + ": 3"}));
  EXPECT_EQ(stored(a), (words{"held", "queued", "last"}));
  EXPECT_EQ(at(a).state()->state.texts, (words{"held", "queued", "last"}));
}

TEST_F(WriteContract, AReaderSeesTheHighestNumberOfWhatIsDurableWhileAWriteIsOnItsWay) {
  start();
  const std::string a = id_in(0, "a");
  ASSERT_TRUE(at(a).ask(write{{"1"}}).accepted());
  hold_a_write_to(a);
  EXPECT_EQ(at(a).state()->version, version{1});
  probe.release();
  (void)answers.wait_for(1);
  EXPECT_EQ(at(a).state()->version, version{2});
}

TEST_F(WriteContract, InOnePartitionAnswersComeInTheOrderOfTheLog) {
  start();
  const std::string slow = id_in(0, "slow");
  const std::string fast = id_in(0, "fast");
  hold_a_write_to(slow);
  send(fast, {"1"});
  let_all_be_decided();
  EXPECT_EQ(answers.size(), 0U);
  probe.release();
  EXPECT_EQ(answers.wait_for(2), (words{slow + ": 1", fast + ": 1"}));
}

TEST_F(WriteContract, AnotherPartitionDoesNotWaitForASlowOne) {
  start();
  const std::string slow = id_in(0, "slow");
  const std::string fast = id_in(1, "fast");
  std::promise<void> begun;
  std::promise<void> goes_on;
  // The probe's gate is one for all partitions; this one holds back a single write.
  probe.fail_when(
      [&, end = goes_on.get_future().share()](std::span<const testing::persisted_event> events) {
        if (events.empty() || events.front().aggregate_id != slow) return false;
        begun.set_value();
        end.wait();
        return false;
      },
      {error::code::store_full, "never"});
  send(slow, {"1"});
  begun.get_future().wait();
  EXPECT_EQ(words_for(at(fast).ask(write{{"1"}})), "1");
  EXPECT_EQ(answers.size(), 0U);
  goes_on.set_value();
  EXPECT_EQ(answers.wait_for(1), words{slow + ": 1"});
}

TEST_F(WriteContract, AfterTheDiskHasFailedWritesFailAtOnceAndReadingGoesOn) {
  start();
  const std::string a = id_in(0, "a");
  ASSERT_TRUE(at(a).ask(write{{"1"}}).accepted());
  probe.fail_next({error::code::storage_failed, "the disk"});
  EXPECT_EQ(words_for(at(a).ask(write{{"2"}})), "storage_failed");
  // The disk would take it again: it is the store that does not ask it any more.
  for (const std::string& id : {a, id_in(0, "b")})
    EXPECT_EQ(words_for(at(id).ask(write{{"3"}})), "storage_failed");
  EXPECT_EQ(at(a).state()->state.texts, words{"1"});
  EXPECT_EQ(at(a).history()->size(), 1U);
  EXPECT_EQ(words_for(at(id_in(1, "c")).ask(write{{"1"}})), "1");
  restart();
  EXPECT_EQ(words_for(at(a).ask(write{{"2"}})), "2");
}

}  // namespace
}  // namespace cairn::tests

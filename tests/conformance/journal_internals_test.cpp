#include "conformance/scribe.hpp"
#include "conformance/slow_log.hpp"
#include "support/running.hpp"

#include "cairn/persistence/stream_name.hpp"
#include "cairn/testing/manual_clock.hpp"

#include <atomic>
#include <fstream>
#include <future>
#include <set>
#include <thread>

// Pekko's tests of what is inside a journal (JI6 to JI16): replays in parts, recoveries that hang.

namespace cairn::tests {
namespace {

using conformance::scribe;
using conformance::write;
using namespace std::chrono_literals;

class PagedReplay : public running {
 protected:
  PagedReplay() {
    with = [](builder& parts) {
      parts.add<scribe>();
    };
    start();
    EXPECT_TRUE(p().ask(write{{"1", "2", "3", "4", "5"}}).accepted());
  }
  ~PagedReplay() override { stop(); }

  aggregate_handle<scribe> p() { return app->aggregate<scribe>("p"); }
  event_page page(const event_cursor& from, std::uint32_t limit) {
    auto found = app->events({.category = "scribe", .from = from, .limit = limit});
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *std::move(found) : event_page{};
  }
  static std::vector<std::uint64_t> versions(const event_page& of) {
    std::vector<std::uint64_t> found;
    for (const recorded_event& one : of.events)
      found.push_back(one.version.value);
    return found;
  }
};

using numbers = std::vector<std::uint64_t>;

TEST_F(PagedReplay, GivesFiveEventsInPartsOfTwoWhenTheyAreAskedFor) {
  const auto first = page({}, 2);
  EXPECT_EQ(versions(first), (numbers{1, 2}));
  EXPECT_FALSE(first.at_end);
  const auto second = page(first.next, 2);
  EXPECT_EQ(versions(second), (numbers{3, 4}));
  const auto third = page(second.next, 2);
  EXPECT_EQ(versions(third), numbers{5});
  EXPECT_TRUE(third.at_end);
  // Who does not ask for the rest may ask for the same part again.
  EXPECT_EQ(versions(page(first.next, 2)), (numbers{3, 4}));
}

TEST_F(PagedReplay, EndsInTheMiddleOfAPartWhenTheReaderWantsNoMore) {
  const auto first = page({}, 2);
  const auto second = page(first.next, 1);
  EXPECT_EQ(versions(first), (numbers{1, 2}));
  EXPECT_EQ(versions(second), numbers{3});
}

TEST_F(PagedReplay, StepsOverWhatIsDeletedAndEndsWhereItShould) {
  ASSERT_TRUE(p().truncate_before({5}).accepted());
  event_cursor at;
  numbers seen;
  for (int pages = 0; pages < 10; ++pages) {
    const auto found = page(at, 2);
    for (const std::uint64_t one : versions(found))
      seen.push_back(one);
    at = found.next;
    if (found.at_end) break;
  }
  EXPECT_EQ(seen, numbers{5});
  EXPECT_EQ(p().state()->version, version{5});
  ASSERT_TRUE(p().ask(write{{"6"}}).accepted());
  EXPECT_EQ(versions(page(at, 2)), numbers{6});
}

TEST_F(PagedReplay, HoldsNothingForReadersWhoNeverComeBack) {
  // Far more than the store has readers of its own for.
  for (int i = 0; i < 1'000; ++i)
    ASSERT_EQ(versions(page({}, 2)), (numbers{1, 2}));
  EXPECT_EQ(versions(page({}, 9)), (numbers{1, 2, 3, 4, 5}));
  // Credit comes back right behind the answer.
  while (app->status().commands_in_flight != 0)
    std::this_thread::yield();
}

/// A runtime whose recoveries a test makes slow, on a clock that it moves.
class SlowRecovery : public ::testing::Test {
 protected:
  ~SlowRecovery() override { app.reset(); }

  void start() {
    config settings;
    settings.in_memory = true;
    settings.recovery_timeout = 30s;
    // So that it is not forgotten meanwhile.
    settings.sleep_after = 1h;
    auto source = lmdb_logs(directory.path());
    auto started = builder{settings}
                       .add<scribe>()
                       .journal_from([this, source](partition_id which)
                                         -> result<std::unique_ptr<persistence::block_log>> {
                         auto log = source(which);
                         if (!log) return log.error();
                         std::unique_ptr<persistence::block_log> slow =
                             std::make_unique<slow_log>(*std::move(log), [this] {
                               if (is_slow) before_recovery();
                             });
                         return slow;
                       })
                       .time_from(time)
                       .start();
    ASSERT_TRUE(started) << describe(started.error());
    app.emplace(*std::move(started));
  }
  /// An aggregate with one event, asleep.
  void prepare() {
    start();
    ASSERT_TRUE(p().ask(write{{"1"}}).accepted());
    app.reset();
    start();
    is_slow = true;
  }
  aggregate_handle<scribe> p() { return app->aggregate<scribe>("p"); }

  temporary_directory directory;
  std::shared_ptr<testing::manual_clock> time = std::make_shared<testing::manual_clock>();
  std::atomic<bool> is_slow{false};
  std::function<void()> before_recovery;
  std::optional<runtime> app;
};

TEST_F(SlowRecovery, IsGivenUpAfterItsTimeAndTriedAgainLater) {
  before_recovery = [this] {
    time->advance(31s);
  };
  prepare();
  collected<error::code> answers;
  p().ask(write{{"2"}}, {.timeout = 24h}, [&answers](const outcome<scribe>& out) {
    answers.put(out.failed() != nullptr ? out.failed()->what : error::code{});
  });
  // It is tried some times, with pauses between.
  const auto patience = std::chrono::steady_clock::now() + 60s;
  while (answers.size() == 0 && std::chrono::steady_clock::now() < patience) {
    time->advance(100ms);
    std::this_thread::yield();
  }
  EXPECT_EQ(answers.wait_for(1), std::vector{error::code::timed_out});
  ASSERT_EQ(app->status().aside.size(), 1U);
  // Others are not disturbed, and neither is this one once the journal answers.
  EXPECT_TRUE(app->aggregate<scribe>("q").ask(write{{"1"}}).accepted());
  is_slow = false;
  time->advance(1min);
  const auto out = p().ask(write{{"2"}});
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  EXPECT_EQ(out.accepted()->version, version{2});
}

TEST_F(SlowRecovery, ThatSomebodyGaveUpIsNobodyElsesAnswer) {
  std::promise<void> goes_on;
  before_recovery = [end = goes_on.get_future().share()] {
    end.wait();
  };
  prepare();
  const auto given_up = p().ask(write{{"given up"}}, {.timeout = 20ms});
  ASSERT_TRUE(given_up.failed());
  EXPECT_EQ(given_up.failed()->what, error::code::timed_out);
  // By the runtime's clock its time is over, too.
  time->advance(1s);
  collected<std::uint64_t> answers;
  p().ask(write{{"2"}}, {}, [&answers](const outcome<scribe>& out) {
    answers.put(out.accepted() != nullptr ? out.accepted()->version.value : 0);
  });
  goes_on.set_value();
  EXPECT_EQ(answers.wait_for(1), numbers{2});
  EXPECT_EQ(p().state()->state.texts, (std::vector<std::string>{"1", "2"}));
}

class StoreWithoutSnapshots : public running {};

TEST_F(StoreWithoutSnapshots, IsRefusedWhenTheirFolderCannotBeMade) {
  with = [](builder& parts) {
    parts.add<scribe>();
  };
  start();
  stop();
  const auto folder = directory.path() / "store" / "snapshots";
  ASSERT_TRUE(std::filesystem::exists(folder));
  std::filesystem::remove_all(folder);
  std::ofstream{folder} << "in the way";
  auto started = builder{settings}.add<scribe>().start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::io_failed);
  EXPECT_NE(started.error().detail.find("snapshots"), std::string::npos);
  std::filesystem::remove(folder);
  start();
}

// An aggregate must be looked for in the partition where an earlier process has put it.
TEST(PartitionOfAnId, IsTheSameInEveryProcess) {
  using persistence::hash_of;
  EXPECT_EQ(hash_of({"bank.account", "ann"}), 13647365653509926175U);
  EXPECT_EQ(hash_of({"scribe", "p"}), 14990864375218379854U);
  EXPECT_EQ(hash_of({"", ""}), 4696993233866070003U);
}

TEST(PartitionOfAnId, IsDecidedByWhatStandsInItsBraces) {
  using persistence::partition_of;
  using persistence::placement_rule;
  const auto at = [](std::string_view type, std::string_view id, placement_rule rule) {
    return partition_of({type, id}, persistence::hash_of({type, id}), 1'024, rule);
  };
  const auto now = [&](std::string_view type, std::string_view id) {
    return at(type, id, placement_rule::by_braces);
  };
  // Also of other types, and wherever the braces stand.
  EXPECT_EQ(now("order", "{customer-7}/1"), 552U);
  EXPECT_EQ(now("cart", "a/{customer-7}"), 552U);
  EXPECT_EQ(now("cart", "{customer-7}}{x}"), 552U);
  EXPECT_EQ(now("cart", "{{customer-7}"), 585U);
  // What has nothing between braces goes by its name, as it always did.
  for (const std::string_view id : {"ann", "{}", "{", "}{", "a}b{c", "{}{customer-7}"}) {
    EXPECT_EQ(now("order", id), persistence::hash_of({"order", id}) % 1'024) << id;
    EXPECT_EQ(now("order", id), at("order", id, placement_rule::by_name)) << id;
  }
  const std::string_view id = "{customer-7}/1";
  EXPECT_EQ(at("order", id, placement_rule::by_name), persistence::hash_of({"order", id}) % 1'024);
  EXPECT_EQ(partition_of({"order", id}, 7, 1, placement_rule::by_braces), 0U);
}

TEST(PartitionOfAnId, IsOneOfThoseThatThereAreAndEachIsUsed) {
  for (const std::size_t partitions : {1U, 2U, 3U, 4U, 16U, 1'024U}) {
    std::set<std::size_t> used;
    for (std::size_t i = 0; i < partitions * 20; ++i)
      used.insert(persistence::hash_of({"scribe", std::to_string(i)}) % partitions);
    EXPECT_EQ(used.size(), partitions);
    EXPECT_EQ(*used.rbegin(), partitions - 1);
  }
}

}  // namespace
}  // namespace cairn::tests

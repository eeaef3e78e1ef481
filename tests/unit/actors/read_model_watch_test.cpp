#include "support/read_model_fixture.hpp"
#include "support/watched_models.hpp"

#include "cairn/watch.hpp"

#include <algorithm>
#include <random>
#include <thread>

// Watching read models, on plain threads.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;

template <class M> class WatchedModel : public read_model_fixture {
 protected:
  using model = M;
  WatchedModel() {
    effects_seen::clear();
    refusal_plan::refuse(0, 0);
  }

  template <class Question>
  result<watching<M, Question>> watch(Question question, watch_options options = {}) {
    return detail::begin_watch<M>(running_->runner.get(), std::move(question), std::move(options));
  }
  void run(actors::read_model_runner::options options = read_model_fixture::quick()) {
    running_ = read_model_fixture::run<M>(std::move(options));
  }
  void catch_up() { ASSERT_TRUE(running_->read({.caught_up = true}).wait()); }
  sums all() {
    const auto answer = running_->read({.caught_up = true}).ask(typename M::all{});
    EXPECT_TRUE(answer) << describe(answer.error());
    return answer ? *answer : sums{};
  }
  /// Takes what waits, until nothing comes any more.
  template <class Question> void drain(watching<M, Question>& from, sums& into) {
    for (;;) {
      const auto news = from.next(0ns);
      ASSERT_TRUE(news) << describe(news.error());
      if (!*news) return;
      fold(into, *(*news)->update);
    }
  }

  std::unique_ptr<running<M>> running_;
};

using models = ::testing::Types<watched_table, watched_memory>;
TYPED_TEST_SUITE(WatchedModel, models);

TYPED_TEST(WatchedModel, GivesTheAnswerAndThenEachUpdateBehindIt) {
  this->open_journals(1);
  this->write("ann", {opened{"ann"}, deposited{5}});
  this->run();
  this->catch_up();
  auto seen = this->watch(typename TypeParam::all{});
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_EQ(seen->first(), (sums{{"ann", 5}}));
  const position second = this->write("ann", {deposited{6}, deposited{7}});
  for (const std::int64_t cents : {6, 7}) {
    const auto news = seen->next(60s);
    ASSERT_TRUE(news && *news);
    EXPECT_EQ(std::get<sum_added>(*(*news)->update).cents, cents);
    EXPECT_EQ((*news)->position.offset, second.offset - (cents == 6 ? 1 : 0));
  }
  const auto nothing = seen->next(0ns);
  ASSERT_TRUE(nothing);
  EXPECT_FALSE(*nothing);
  this->stop(this->running_);
}

TYPED_TEST(WatchedModel, TellsWhoAsksOfOneThingAboutThatThingOnly) {
  this->open_journals(1);
  this->run();
  auto seen = this->watch(typename TypeParam::one{.id = "bob"});
  ASSERT_TRUE(seen);
  this->write("ann", {opened{"ann"}, deposited{5}});
  this->write("bob", {opened{"bob"}, deposited{6}});
  const auto news = seen->next(60s);
  ASSERT_TRUE(news && *news);
  EXPECT_EQ(std::get<sum_added>(*(*news)->update).id, "bob");
  this->catch_up();
  EXPECT_FALSE(*seen->next(0ns));
  auto torn = this->watch(typename TypeParam::one{.id = "concerns throws"});
  ASSERT_TRUE(torn);
  this->write("ann", {deposited{5}});
  EXPECT_EQ(torn->next(60s).error().what, error::code::user_code_threw);
  this->stop(this->running_);
}

TYPED_TEST(WatchedModel, FoldedFromTheAnswerOnIsTheAnswerAtTheEndWhoeverWritesMeanwhile) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    this->open_journals(2);
    actors::read_model_runner::options options = this->quick();
    // Small batches, so that watches begin between any two.
    options.batch_events = 4;
    this->run(std::move(options));
    std::jthread writer{[this, seed] {
      std::mt19937_64 dice{seed};
      for (int i = 0; i < 300; ++i) {
        const std::size_t partition = dice() % 2;
        const std::string id = std::to_string(partition) + "-" + std::to_string(dice() % 5);
        std::vector<shop_event> facts;
        for (std::uint64_t n = 1 + dice() % 3; n > 0; --n)
          facts.emplace_back(deposited{static_cast<std::int64_t>(1 + dice() % 100)});
        this->write(id, facts, partition);
      }
    }};
    struct follower {
      watching<TypeParam, typename TypeParam::all> watch;
      sums folded;
    };
    std::vector<follower> followers;
    for (int i = 0; i < 40; ++i) {
      auto begun = this->watch(typename TypeParam::all{}, {.buffer = 10'000});
      ASSERT_TRUE(begun) << describe(begun.error());
      // From time to time nobody watches, and then somebody does again.
      if (i == 5 || i == 15) followers.clear();
      sums first = begun->first();
      followers.push_back({*std::move(begun), std::move(first)});
      // Some follow while events come, others only in the end.
      follower& one = followers[followers.size() / 2];
      if (i % 2 == 0) this->drain(one.watch, one.folded);
    }
    writer.join();
    const sums in_the_end = this->all();
    ASSERT_FALSE(in_the_end.empty());
    for (follower& one : followers) {
      this->drain(one.watch, one.folded);
      EXPECT_EQ(one.folded, in_the_end);
    }
    followers.clear();
    this->stop(this->running_);
    this->close_journals();
    std::filesystem::remove_all(this->directory_.path() / "views");
  }
}

TYPED_TEST(WatchedModel, EndsAWatchThatFallsBehindAndGoesOnItself) {
  this->open_journals(1);
  this->run();
  auto slow = this->watch(typename TypeParam::all{}, {.buffer = 3});
  auto quick = this->watch(typename TypeParam::all{}, {.buffer = 100});
  ASSERT_TRUE(slow && quick);
  for (int i = 0; i < 4; ++i)
    this->write("ann", {deposited{1}});
  EXPECT_EQ(this->all(), (sums{{"ann", 4}}));
  const auto news = slow->next(60s);
  ASSERT_FALSE(news);
  EXPECT_EQ(news.error().what, error::code::overloaded);
  EXPECT_NE(news.error().detail.find("fell behind"), std::string::npos);
  sums folded = quick->first();
  this->drain(*quick, folded);
  EXPECT_EQ(folded, (sums{{"ann", 4}}));
  this->stop(this->running_);
}

TYPED_TEST(WatchedModel, GivesWhatWaitsAndThenSaysThatItStops) {
  this->open_journals(1);
  this->run();
  auto seen = this->watch(typename TypeParam::all{});
  ASSERT_TRUE(seen);
  this->write("ann", {deposited{1}});
  this->catch_up();
  this->stop(this->running_);
  const auto news = seen->next(0ns);
  ASSERT_TRUE(news && *news);
  EXPECT_EQ(seen->next(0ns).error().what, error::code::shutting_down);
  EXPECT_EQ(seen->next(0ns).error().what, error::code::shutting_down);
}

TYPED_TEST(WatchedModel, EndsItsWatchesWhenItStopsOnAnErrorAndTellsNothingOfThatBatch) {
  this->open_journals(1);
  this->run();
  auto seen = this->watch(typename TypeParam::all{});
  ASSERT_TRUE(seen);
  refusal_plan::refuse(13, 1'000);
  // One commit, hence one batch.
  this->write("ann", {deposited{1}, deposited{13}});
  std::vector<std::int64_t> told;
  for (;;) {
    const auto news = seen->next(60s);
    if (!news) {
      EXPECT_EQ(news.error().what, error::code::stopped);
      break;
    }
    ASSERT_TRUE(*news);
    told.push_back(std::get<sum_added>(*(*news)->update).cents);
  }
  // The first may be applied alone, once it is known which one fails; the other one never.
  EXPECT_TRUE(told.empty() || told == std::vector<std::int64_t>{1});
  const auto called = effects_seen::calls();
  EXPECT_EQ(std::count(called.begin(), called.end(), 2U), 0);
  EXPECT_FALSE(this->watch(typename TypeParam::all{}));
  this->drop(this->running_);
}

TYPED_TEST(WatchedModel, CallsBackInOrderAndLastWithTheEnd) {
  this->open_journals(1);
  this->run();
  auto seen = this->watch(typename TypeParam::all{});
  ASSERT_TRUE(seen);
  std::mutex mutex;
  std::vector<std::int64_t> told;
  std::vector<error::code> ends;
  this->write("ann", {deposited{1}});
  this->catch_up();
  seen->each([&](const result<emitted<TypeParam>>& news) {
    const std::lock_guard lock{mutex};
    if (news) {
      told.push_back(std::get<sum_added>(*news->update).cents);
    } else {
      ends.push_back(news.error().what);
    }
  });
  for (int i = 2; i <= 50; ++i)
    this->write("ann", {deposited{i}});
  this->catch_up();
  this->stop(this->running_);
  std::vector<std::int64_t> expected;
  for (int i = 1; i <= 50; ++i)
    expected.push_back(i);
  const std::lock_guard lock{mutex};
  EXPECT_EQ(told, expected);
  EXPECT_EQ(ends, std::vector{error::code::shutting_down});
}

TYPED_TEST(WatchedModel, CallsNobodyBackWhoHasEndedTheWatch) {
  this->open_journals(1);
  this->run();
  for (int round = 0; round < 50; ++round) {
    auto seen = this->watch(typename TypeParam::all{});
    ASSERT_TRUE(seen);
    auto alive = std::make_unique<std::atomic<int>>(0);
    seen->each([told = alive.get()](const auto& /*news*/) { ++*told; });
    this->write("ann", {deposited{1}});
    seen->end();
    // A callback from here on would touch what is gone.
    alive.reset();
  }
  this->stop(this->running_);
}

TYPED_TEST(WatchedModel, MayBeLeftFromWithinACallback) {
  this->open_journals(1);
  this->run();
  std::promise<void> left;
  auto seen = this->watch(typename TypeParam::all{});
  ASSERT_TRUE(seen);
  seen->each([&](const auto& /*news*/) {
    seen->end();
    left.set_value();
  });
  this->write("ann", {deposited{1}, deposited{2}});
  left.get_future().wait();
  this->catch_up();
  this->stop(this->running_);
}

TYPED_TEST(WatchedModel, HasItsEventsReplayedThatWereThereBeforeIt) {
  this->open_journals(1, log_kind::lmdb);
  this->write("ann", {deposited{1}, deposited{2}});
  this->run();
  this->catch_up();
  this->write("ann", {deposited{3}});
  this->catch_up();
  EXPECT_EQ(effects_seen::replayed_by_offset(),
            (std::map<std::uint64_t, bool>{{1, true}, {2, true}, {3, false}}));
  this->stop(this->running_);
  EXPECT_EQ(effects_seen::calls(), std::vector<std::uint64_t>{3});
}

/// Which is why a watch may begin while the model is still being built.
TYPED_TEST(WatchedModel, TellsOfUpdatesInAReplayToo) {
  this->open_journals(1);
  for (int i = 0; i < 200; ++i)
    this->write("ann", {deposited{1}});
  auto options = this->quick();
  options.batch_events = 1;
  this->run(std::move(options));
  auto seen = this->watch(typename TypeParam::all{});
  ASSERT_TRUE(seen);
  sums folded = seen->first();
  EXPECT_EQ(this->all(), (sums{{"ann", 200}}));
  this->drain(*seen, folded);
  EXPECT_EQ(folded, (sums{{"ann", 200}}));
  this->stop(this->running_);
}

TYPED_TEST(WatchedModel, MayBeWatchedByItsOwnAfterCommit) {
  this->open_journals(1);
  this->run();
  std::promise<void> called;
  effects_seen::on_call([&](std::uint64_t offset) {
    if (offset == 2) return called.set_value();
    const auto seen = this->watch(typename TypeParam::all{});
    ASSERT_TRUE(seen) << describe(seen.error());
    // The other event may have been in the same batch.
    EXPECT_GE(seen->first().at("ann"), 1);
  });
  this->write("ann", {deposited{1}});
  this->write("ann", {deposited{2}});
  called.get_future().wait();
  this->stop(this->running_);
  EXPECT_EQ(effects_seen::calls(), (std::vector<std::uint64_t>{1, 2}));
}

class WatchedTable : public WatchedModel<watched_table> {};

/// A model that was interrupted while it was built anew still knows what is old.
TEST_F(WatchedTable, KnowsWhatIsReplayedAfterARestart) {
  open_journals(1, log_kind::lmdb);
  write("ann", {deposited{1}});
  write("ann", {deposited{2}});
  refusal_plan::refuse(2, 1'000);
  run();
  while (running_->runner->status().now != read_model_status::phase::stopped)
    std::this_thread::yield();
  drop(running_);
  refusal_plan::refuse(0, 0);
  effects_seen::clear();
  // Nobody follows while this comes: it is late, but not replayed.
  write("ann", {deposited{3}});
  run();
  catch_up();
  const auto seen = effects_seen::replayed_by_offset();
  EXPECT_TRUE(seen.at(2));
  EXPECT_FALSE(seen.at(3));
  stop(running_);
  EXPECT_EQ(effects_seen::calls(), std::vector<std::uint64_t>{3});
}

class WatchedMemory : public WatchedModel<watched_memory> {};

TEST_F(WatchedMemory, ReplaysAllThatWasThereAtTheRestart) {
  open_journals(1, log_kind::lmdb);
  run();
  write("ann", {deposited{1}});
  catch_up();
  drop(running_);
  write("ann", {deposited{2}});
  effects_seen::clear();
  run();
  catch_up();
  EXPECT_EQ(effects_seen::replayed_by_offset(),
            (std::map<std::uint64_t, bool>{{1, true}, {2, true}}));
  stop(running_);
  EXPECT_TRUE(effects_seen::calls().empty());
}

/// Emits what it has not declared.
struct careless : watched_memory {
  static constexpr std::string_view stable_name = "test.careless";
  static void apply(state& /*now*/, const recorded<opened>& /*fact*/) {}
  static void apply(state& /*now*/, const recorded<deposited>& /*fact*/, const applying& around) {
    around.emit(std::string{"?"});
  }
};
class CarelessModel : public WatchedModel<careless> {};

TEST_F(CarelessModel, StopsWhenItEmitsWhatIsNoUpdateOfIts) {
  open_journals(1);
  run();
  write("ann", {opened{"ann"}, deposited{1}});
  const auto answer = running_->read({.caught_up = true}).ask(careless::all{});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().what, error::code::stopped);
  EXPECT_NE(answer.error().detail.find("updates"), std::string::npos) << answer.error().detail;
  drop(running_);
}

/// A watch on a model without updates.
class WatchedAnswers : public read_model_fixture {};

TEST_F(WatchedAnswers, ComeAgainWheneverTheyAreOthers) {
  open_journals(1);
  auto model = run<balances>(quick());
  auto seen = detail::begin_watch<balances>(model->runner.get(), balance_of{"ann"}, {});
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_EQ(seen->newest().cents, 0);
  write("ann", {deposited{5}});
  auto news = seen->next(60s);
  ASSERT_TRUE(news && *news);
  EXPECT_EQ((*news)->cents, 5);
  write("bob", {deposited{5}});
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  news = seen->next(0ns);
  ASSERT_TRUE(news);
  EXPECT_FALSE(*news) << "nothing has changed for ann";
  for (int i = 0; i < 20; ++i)
    write("ann", {deposited{1}});
  while (seen->newest().cents < 25)
    ASSERT_TRUE(seen->next(60s));
  stop(model);
  while (news)
    news = seen->next(0ns);
  EXPECT_EQ(news.error().what, error::code::shutting_down);
}

TEST_F(WatchedAnswers, OfManyWatchersCostTheModelNoMoreThanTheirFilters) {
  open_journals(1);
  auto model = run<watched_table>(quick());
  std::vector<watching<watched_table, watched_table::one>> watchers;
  for (int i = 0; i < 10'000; ++i) {
    auto begun = detail::begin_watch<watched_table>(
        model->runner.get(), watched_table::one{std::to_string(i)}, {});
    ASSERT_TRUE(begun);
    watchers.push_back(*std::move(begun));
  }
  for (const int i : {0, 5'000, 9'999})
    write(std::to_string(i), {deposited{i + 1}});
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  int told = 0;
  for (auto& one : watchers) {
    const auto news = one.next(0ns);
    ASSERT_TRUE(news);
    told += *news ? 1 : 0;
  }
  EXPECT_EQ(told, 3);
  stop(model);
}

}  // namespace
}  // namespace cairn::tests

#include "support/rebuild_fixture.hpp"

#include "cairn/watch.hpp"

#include <map>
#include <thread>

// A new version of a read model is built while the former one answers.

namespace cairn::tests {
namespace {

/// How many events an account has had. Only the new version knows.
struct events_of {
  using answer = std::uint64_t;
  std::string id;
};

/// The former version: sums alone, in tables of another form.
struct sums_1 : watched_table {
  static constexpr std::string_view stable_name = "test.sums";
};

struct sums_2 : balances {
  static constexpr std::string_view stable_name = "test.sums";
  static constexpr std::uint32_t version = 2;
  using former = sums_1;
  using updates = std::variant<sum_added>;

  static void apply(tables& now, const recorded<opened>& fact) { balances::apply(now, fact); }
  static void apply(tables& now, const recorded<deposited>& fact, const applying& around) {
    balances::apply(now, fact);
    refusal_plan::meet(fact->cents);
    effects_seen::saw(fact.meta.position.offset, around.replaying());
    around.after_commit([offset = fact.meta.position.offset] { effects_seen::call(offset); });
    around.emit(sum_added{std::string{fact.meta.aggregate_id}, fact->cents});
  }
  static std::int64_t query(const tables& now, const watched_table::one& question) {
    const auto row = now.by_account.get(question.id);
    return row ? row->cents : 0;
  }
  static std::uint64_t query(const tables& now, const events_of& question) {
    const auto row = now.by_account.get(question.id);
    return row ? row->events : 0;
  }
};

using one = watched_table::one;

class FormerVersion : public rebuild_fixture {
 protected:
  /// A store that the former version has followed.
  void fill() {
    open_journals(1, log_kind::lmdb);
    auto model = run_copies<sums_1>();
    write("ann", {opened{"Ann"}, deposited{3}});
    ASSERT_TRUE(model->read({.caught_up = true}).wait());
    stop(model);
  }
};

TEST_F(FormerVersion, AnswersUntilTheNewOneHasCaughtUpAndThenGoes) {
  fill();
  gate_.hold({2, 1});
  auto model = run_copies<sums_2>();
  const auto next = write("ann", {deposited{4}});
  EXPECT_EQ(*model->read({.at_least = next}).ask(one{"ann"}), 7);
  const auto status = model->runner->status();
  EXPECT_EQ(status.version, 1U);
  ASSERT_TRUE(status.rebuild);
  EXPECT_EQ(status.rebuild->version, 2U);
  EXPECT_EQ(status.rebuild->events_behind, 3U);
  gate_.release();
  await_switch(*model);
  EXPECT_EQ(model->runner->status().version, 2U);
  EXPECT_EQ(*model->read().ask(one{"ann"}), 7);
  await_folders("test.sums", {"v2"});
  const auto last = write("ann", {deposited{1}});
  EXPECT_EQ(*model->read({.at_least = last}).ask(one{"ann"}), 8);
}

TEST_F(FormerVersion, LeavesQuestionsThatItDoesNotKnowToTheNewOne) {
  fill();
  gate_.hold({2, 1});
  auto model = run_copies<sums_2>();
  const auto refused = model->read({.timeout = std::chrono::nanoseconds{0}}).ask(events_of{"ann"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, error::code::stale);
  EXPECT_NE(refused.error().detail.find("version 2 is being built"), std::string::npos)
      << refused.error().detail;
  std::thread later{[&] {
    gate_.release();
  }};
  EXPECT_EQ(*model->read({.timeout = std::chrono::seconds{60}}).ask(events_of{"ann"}), 2U);
  later.join();
  EXPECT_FALSE(model->runner->status().rebuild);
}

TEST_F(FormerVersion, CannotBeWatched) {
  fill();
  gate_.hold({2, 1});
  auto model = run_copies<sums_2>();
  const auto refused = detail::begin_watch<sums_2>(
      model->runner.get(), one{"ann"}, {.timeout = std::chrono::nanoseconds{0}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, error::code::stale);
  gate_.release();
  auto watched = detail::begin_watch<sums_2>(
      model->runner.get(), one{"ann"}, {.timeout = std::chrono::seconds{60}});
  ASSERT_TRUE(watched) << describe(watched.error());
  EXPECT_EQ(watched->first(), 3);
  write("ann", {deposited{4}});
  const auto news = watched->next(std::chrono::seconds{60});
  ASSERT_TRUE(news && *news);
  EXPECT_EQ(std::get<sum_added>(*(*news)->update).cents, 4);
}

TEST_F(FormerVersion, ServesOnWhenTheNewOneStops) {
  fill();
  refusal_plan::refuse(3, 1'000'000);
  auto model = run_copies<sums_2>();
  const auto has_stopped = [&] {
    return model->runner->status().rebuild->now == rebuild_status::phase::stopped;
  };
  await(has_stopped, "the stop");
  EXPECT_EQ(*model->read().ask(one{"ann"}), 3);
  EXPECT_EQ(model->read({.timeout = std::chrono::seconds{60}}).ask(events_of{"ann"}).error().what,
            error::code::stopped);
  EXPECT_EQ(model->runner->cancel_rebuild().error().what, error::code::bad_input);
  drop(model);
  model = run_copies<sums_2>();
  EXPECT_EQ(*model->read().ask(one{"ann"}), 3) << "the former one is not asked after a restart";
  await(has_stopped, "the stop after the restart");
  refusal_plan::refuse(0, 0);
  EXPECT_EQ(*model->runner->rebuild(), rebuild_answer::retried);
  await_switch(*model);
  EXPECT_EQ(*model->read().ask(events_of{"ann"}), 2U);
}

TEST_F(FormerVersion, IsNotMissedWhereItNeverWas) {
  open_journals(1);
  write("ann", {opened{"Ann"}, deposited{3}});
  auto model = run_copies<sums_2>();
  EXPECT_EQ(*model->read({.caught_up = true}).ask(events_of{"ann"}), 2U);
  EXPECT_FALSE(model->runner->status().rebuild);
  EXPECT_EQ(folders_of("test.sums"), (std::vector<std::string>{"v2"}));
}

TEST_F(FormerVersion, StaysGoneAfterARestart) {
  fill();
  auto model = run_copies<sums_2>();
  await_switch(*model);
  await_folders("test.sums", {"v2"});
  stop(model);
  model = run_copies<sums_2>();
  EXPECT_EQ(model->runner->status().version, 2U);
  EXPECT_FALSE(model->runner->status().rebuild);
  rebuild(*model);
  await_switch(*model);
  await_folders("test.sums", {"v2.2"});
  EXPECT_EQ(*model->read().ask(events_of{"ann"}), 2U);
}

TEST_F(FormerVersion, AndTheNewOneTogetherCallEachEffectOnce) {
  fill();
  await([] { return effects_seen::calls().size() == 1; }, "the call of the first version");
  gate_.hold({2, 1});
  auto model = run_copies<sums_2>();
  const auto between = write("ann", {deposited{4}});
  ASSERT_TRUE(model->read({.at_least = between}).wait());
  await([] { return effects_seen::calls().size() == 2; }, "the call of the former version");
  gate_.release();
  await_switch(*model);
  EXPECT_EQ(effects_seen::replayed_by_offset(),
            (std::map<std::uint64_t, bool>{{2, true}, {3, true}}));
  write("ann", {deposited{5}});
  await([] { return effects_seen::calls().size() == 3; }, "the call of the new version");
  EXPECT_EQ(effects_seen::calls(), (std::vector<std::uint64_t>{2, 3, 4}));
}

class BuiltOption : public rebuild_fixture {};

TEST_F(BuiltOption, RefusesAPictureThatIsStillGrowingAlsoAfterARestart) {
  open_journals(1, log_kind::lmdb);
  write("ann", {opened{"Ann"}, deposited{3}});
  auto options = quick();
  options.batch_events = 1;
  refusal_plan::refuse(13, 1'000'000);
  write("ann", {deposited{13}});
  auto model = run_copies<fragile_balances>(options);
  await([&] { return model->runner->status().checkpoints[0].offset == 2; }, "the part before");
  const read_options built{.timeout = std::chrono::nanoseconds{0}, .built = true};
  const auto refused = model->read(built).ask(balance_of{"ann"});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().what == error::code::stale ||
              refused.error().what == error::code::stopped);
  drop(model);
  options.attempts = 1'000'000;
  model = run_copies<fragile_balances>(options);
  EXPECT_EQ(model->runner->status().now, read_model_status::phase::rebuilding);
  EXPECT_EQ(model->read(built).ask(balance_of{"ann"}).error().what, error::code::stale);
  EXPECT_EQ(model->read().ask(balance_of{"ann"})->cents, 3) << "who does not ask for it, gets it";
  refusal_plan::refuse(0, 0);
  EXPECT_EQ(model->read({.timeout = std::chrono::seconds{60}, .built = true})
                .ask(balance_of{"ann"})
                ->cents,
            16);
}

}  // namespace
}  // namespace cairn::tests

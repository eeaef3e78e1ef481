#include "support/rebuild_fixture.hpp"

#include "cairn/slice.hpp"

#include <algorithm>
#include <map>

// A read model in parts, each of which takes the events of some slices.

namespace cairn::tests {
namespace {

struct of_one {
  using answer = std::int64_t;
  std::string id;
};
struct of_all {
  using answer = std::map<std::string, std::int64_t>;
};
/// Neither merged nor routed.
struct of_nobody {
  using answer = int;
};

/// Sums by account, in tables; deposits of one account must come in their order.
struct split_sums : watched_table {
  static constexpr std::string_view stable_name = "test.split_sums";
  static of_all::answer query(const tables& now, const of_all& /*question*/) {
    return watched_table::query(now, all{});
  }
  static std::int64_t query(const tables& now, const of_one& question) {
    return watched_table::query(now, one{question.id});
  }
  static int query(const tables& /*now*/, const of_nobody& /*question*/) { return 0; }

  static std::uint16_t route(const of_one& question) {
    return slice_of(bank_account::stable_name, question.id);
  }
  static of_all::answer merge(const of_all& /*question*/, std::vector<of_all::answer> answers) {
    of_all::answer all;
    for (of_all::answer& some : answers)
      all.merge(some);
    return all;
  }
};

struct split_totals : totals {
  static constexpr std::string_view stable_name = "test.split_totals";
  static how_much::sum merge(const how_much& /*question*/, const std::vector<how_much::sum>& all) {
    how_much::sum sum;
    for (const how_much::sum& one : all) {
      sum.cents += one.cents;
      sum.events += one.events;
    }
    return sum;
  }
};

static_assert(detail::can_be_split<split_sums> && detail::can_be_split<split_totals>);
static_assert(!detail::can_be_split<totals> && !detail::can_be_split<balances>);
static_assert(routes_question<split_sums, of_one> && !routes_question<split_sums, of_all>);
static_assert(merges_answers<split_sums, of_all> && !merges_answers<split_sums, of_nobody>);

class ReadModelInParts : public rebuild_fixture {
 protected:
  static constexpr std::uint32_t parts = 4;

  template <class M>
  std::unique_ptr<running<M>> run_parts(actors::read_model_runner::options options = quick()) {
    auto made = std::make_unique<running<M>>();
    std::vector<persistence::journal*> journals;
    for (const auto& one : journals_)
      journals.push_back(one.get());
    options.log = log_.sink();
    auto opened = actors::make_read_model_in_parts(
        made->type,
        parts,
        journals,
        [this](std::string name) { return make_shelf(std::move(name)); },
        clock_,
        options);
    EXPECT_TRUE(opened) << describe(opened.error());
    made->runner = *std::move(opened);
    EXPECT_TRUE(made->runner->start(*executor_));
    made->heard = listen(*made->runner);
    return made;
  }

  /// Deposits 1, 2, ... to as many accounts; the last position.
  position fill(int accounts) {
    position last;
    for (int i = 1; i <= accounts; ++i) {
      const std::string id = "account" + std::to_string(i);
      last = write(id, {opened{id}, deposited{i}}, static_cast<std::size_t>(i) % journals_.size());
      expected_[id] = i;
    }
    return last;
  }

  of_all::answer expected_;
};

TEST_F(ReadModelInParts, AnswersTogetherWhatOneWould) {
  open_journals(2);
  auto model = run_parts<split_sums>();
  fill(40);
  const auto now = model->read({.caught_up = true});
  EXPECT_EQ(*now.ask(of_all{}), expected_);
  EXPECT_EQ(*now.ask(of_one{"account7"}), 7);
  const auto status = model->runner->status();
  EXPECT_EQ(status.name, "test.split_sums");
  ASSERT_EQ(status.parts.size(), parts);
  EXPECT_EQ(status.events_applied, 80U);
  for (const read_model_status& part : status.parts)
    EXPECT_GT(part.events_applied, 0U) << part.name;
}

TEST_F(ReadModelInParts, InMemoryComeBackFromTheirSnapshots) {
  open_journals(1);
  auto model = run_parts<split_totals>();
  fill(40);
  EXPECT_EQ(*model->read({.caught_up = true}).ask(how_much{}), (how_much::sum{820, 40}));
  stop(model);
  model = run_parts<split_totals>();
  EXPECT_EQ(*model->read().ask(how_much{}), (how_much::sum{820, 40}));
}

TEST_F(ReadModelInParts, ShowOnesOwnWrites) {
  open_journals(1);
  auto model = run_parts<split_sums>();
  for (int i = 1; i <= 30; ++i) {
    const std::string id = "account" + std::to_string(i);
    const auto last = write(id, {opened{id}, deposited{i}});
    expected_[id] = i;
    const read_options mine{.at_least = last, .timeout = std::chrono::seconds{60}};
    ASSERT_EQ(*model->read(mine).ask(of_one{id}), i);
    ASSERT_EQ(*model->read(mine).ask(of_all{}), expected_);
    std::atomic<bool> shown{false};
    model->runner->when_shown(last, [&](const auto& refused) {
      EXPECT_FALSE(refused);
      shown = true;
    });
    await([&] { return shown.load(); }, "all parts to show it");
  }
}

TEST_F(ReadModelInParts, AnswerWithAnyPartsError) {
  open_journals(1);
  auto model = run_parts<split_sums>();
  fill(40);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  refusal_plan::refuse(13'000, 1'000'000);
  write("account7", {deposited{13'000}});
  await([&] { return model->runner->status().now == read_model_status::phase::stopped; }, "a stop");
  EXPECT_EQ(model->read().ask(of_all{}).error().what, error::code::stopped);
  EXPECT_EQ(model->read().ask(of_one{"account7"}).error().what, error::code::stopped);
  // Of the others, three out of four are in parts that go on.
  int answered = 0;
  for (int i = 1; i <= 40; ++i)
    answered += model->read().ask(of_one{"account" + std::to_string(i)}) ? 1 : 0;
  EXPECT_GT(answered, 20);
  EXPECT_LT(answered, 40);
  refusal_plan::refuse(0, 0);
  ASSERT_TRUE(model->runner->resume());
  expected_["account7"] += 13'000;
  EXPECT_EQ(*model->read({.caught_up = true}).ask(of_all{}), expected_);
}

TEST_F(ReadModelInParts, RefuseWhatCannotBeAskedOfParts) {
  open_journals(1);
  auto model = run_parts<split_sums>();
  fill(1);
  EXPECT_EQ(model->read().ask(of_nobody{}).error().what, error::code::bad_input);
  EXPECT_EQ(model->runner->watch({}, [](const void*) {}).error().what, error::code::bad_input);
}

TEST_F(ReadModelInParts, AreOperatedAsOne) {
  open_journals(1);
  auto options = quick();
  options.attempts = 1;
  options.on_failure = failure_policy::park;
  auto model = run_parts<split_sums>(options);
  fill(40);
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  refusal_plan::refuse(13'000, 2);
  write("account7", {deposited{13'000}});
  write("account8", {deposited{13'000}});
  ASSERT_TRUE(model->read({.caught_up = true}).wait());
  EXPECT_EQ(model->runner->status().events_parked, 2U);
  EXPECT_EQ(model->runner->dead_letters({})->size(), 2U);
  EXPECT_EQ(model->runner->dead_letters({.limit = 1})->size(), 1U);
  EXPECT_EQ(model->runner->dead_letter_keys()->size(), 2U);
  EXPECT_EQ(model->runner->retry_dead_letters("nobody").error().what, error::code::not_found);
  EXPECT_EQ(*model->runner->retry_dead_letters("test.account/account7"),
            (dead_letter_report{1, 0}));
  EXPECT_EQ(*model->runner->discard_dead_letters(std::nullopt), 1U);
  ASSERT_TRUE(model->runner->pause());
  EXPECT_EQ(model->runner->status().now, read_model_status::phase::paused);
  ASSERT_TRUE(model->runner->resume());
  EXPECT_EQ(model->runner->cancel_rebuild().error().what, error::code::not_found);
  EXPECT_EQ(*model->runner->rebuild(), rebuild_answer::begun);
  await_switch(*model);
  expected_["account7"] += 13'000;
  expected_["account8"] += 13'000;
  EXPECT_EQ(*model->read({.caught_up = true}).ask(of_all{}), expected_);
}

}  // namespace
}  // namespace cairn::tests

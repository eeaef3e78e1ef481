#include "support/read_model_fixture.hpp"
#include "support/watched_models.hpp"

#include "cairn/watch.hpp"

#include <limits>
#include <thread>

// What a read model does when something goes wrong.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using balance = balance_of::balance;
using sum = how_much::sum;
constexpr int for_ever = std::numeric_limits<int>::max();

/// A view that fails when it is told to.
class faulty_view final : public persistence::view {
 public:
  explicit faulty_view(std::shared_ptr<view> real) : real_(std::move(real)) {}

  /// The next so many batches cannot be begun.
  void refuse_batches(int so_many, error::code why) {
    why_ = why;
    refused_ = so_many;
  }
  /// The next commit is stored, but says that it is not.
  void lie_once() { lies_ = true; }
  /// At the next batch the storage is away, and comes back as this one.
  void come_back_as(std::shared_ptr<view> other) {
    other_ = std::move(other);
    goes_away_ = true;
  }
  [[nodiscard]] int refusals_left() const { return refused_; }

  result<persistence::checkpoint_list> checkpoints() const override { return now()->checkpoints(); }
  result<std::unique_ptr<persistence::view_batch>> begin() override {
    if (goes_away_.exchange(false)) {
      is_other_ = true;
      return error{error::code::unavailable, "away for a test"};
    }
    if (refused_ > 0) {
      --refused_;
      return error{why_, "refused for a test"};
    }
    auto batch = now()->begin();
    if (!batch || !lies_.exchange(false)) return batch;
    return std::unique_ptr<persistence::view_batch>{std::make_unique<liar>(*std::move(batch))};
  }
  result<std::unique_ptr<persistence::view_reader>> read() const override { return now()->read(); }
  result<void> save_state(byte_view state,
                          std::uint32_t schema_version,
                          const persistence::checkpoint_list& reached) override {
    return now()->save_state(state, schema_version, reached);
  }
  result<std::optional<persistence::saved_state>> load_state() const override {
    return now()->load_state();
  }
  result<void> clear() override { return now()->clear(); }
  result<void> remove_older_versions() override { return now()->remove_older_versions(); }

 private:
  class liar final : public persistence::view_batch {
   public:
    explicit liar(std::unique_ptr<view_batch> real) : real_(std::move(real)) {}
    detail::table_store& tables() override { return real_->tables(); }
    result<void> commit(const persistence::checkpoint_list& reached) override {
      EXPECT_TRUE(real_->commit(reached).has_value());
      return error{error::code::storage_failed, "who knows"};
    }

   private:
    std::unique_ptr<view_batch> real_;
  };

  [[nodiscard]] view* now() const { return is_other_ ? other_.get() : real_.get(); }

  std::shared_ptr<view> real_;
  /// Set before it is used.
  std::shared_ptr<view> other_;
  std::atomic<bool> goes_away_{false};
  std::atomic<bool> is_other_{false};
  std::atomic<int> refused_{0};
  std::atomic<error::code> why_{error::code::store_full};
  std::atomic<bool> lies_{false};
};

class ReadModelTrouble : public read_model_fixture {
 protected:
  ReadModelTrouble() { refusal_plan::refuse(0, 0); }
  ~ReadModelTrouble() override { refusal_plan::refuse(0, 0); }
};

TEST_F(ReadModelTrouble, AnApplyThatThrowsStopsOnlyThatModel) {
  open_journals(1);
  refusal_plan::refuse(13, for_ever);
  auto fragile = run<fragile_balances>(quick());
  auto sound = run<balances>(quick());
  write("ann", {deposited{1}, deposited{2}});
  const auto bad = write("ann", {deposited{13}});
  const auto last = write("ann", {deposited{4}});
  EXPECT_EQ(*sound->read({.at_least = last}).ask(balance_of{"ann"}), (balance{20, 4}));
  const auto refused = fragile->read({.at_least = bad}).ask(balance_of{"ann"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, error::code::stopped);
  EXPECT_EQ(refused.error().detail,
            "read model test.fragile_balances, version 1: cannot apply test.deposited at offset 3 "
            "of partition 0: user_code_threw: apply: no deposits of 13");
  EXPECT_EQ(fragile->read().ask(balance_of{"ann"}).error().what, error::code::stopped);
  stop(fragile);
  stop(sound);
}

TEST_F(ReadModelTrouble, SaysInItsStatusWhatItStoppedOn) {
  open_journals(1);
  refusal_plan::refuse(13, for_ever);
  write("ann", {deposited{1}, deposited{13}, deposited{1}});
  auto model = run<fragile_balances>(quick());
  EXPECT_FALSE(model->read({.caught_up = true}).wait().has_value());
  const auto now = model->runner->status();
  EXPECT_EQ(now.now, read_model_status::phase::stopped);
  ASSERT_TRUE(now.stopped_on.has_value());
  EXPECT_EQ(now.stopped_on->what, error::code::user_code_threw);
  EXPECT_EQ(now.checkpoints[0].offset, 1U);
  EXPECT_EQ(now.events_behind, 2U);
  EXPECT_EQ(log_.count("will try again"), 3);
  EXPECT_EQ(log_.count("error: "), 1);
  stop(model);
}

TEST_F(ReadModelTrouble, StopsRightBeforeTheEventAndGoesOnThereOnceItIsMended) {
  open_journals(1);
  refusal_plan::refuse(13, for_ever);
  write("ann", {deposited{1}, deposited{2}, deposited{13}, deposited{4}});
  auto model = run<fragile_balances>(quick());
  EXPECT_FALSE(model->read({.caught_up = true}).wait().has_value());
  stop(model);
  EXPECT_EQ(*open_view<fragile_balances>()->checkpoints(), persistence::checkpoint_list{2});
  refusal_plan::refuse(0, 0);
  model = run<fragile_balances>(quick());
  EXPECT_EQ(*model->read({.caught_up = true}).ask(balance_of{"ann"}), (balance{20, 4}));
  EXPECT_EQ(model->runner->status().events_applied, 2U);
  stop(model);
}

TEST_F(ReadModelTrouble, ATroubleThatPassesLeavesNoTrace) {
  open_journals(1);
  refusal_plan::refuse(13, 3);
  write("ann", {deposited{1}, deposited{13}, deposited{2}});
  auto model = run<fragile_balances>(quick());
  EXPECT_EQ(*model->read({.caught_up = true}).ask(balance_of{"ann"}), (balance{16, 3}));
  EXPECT_EQ(model->runner->status().events_applied, 3U);
  stop(model);
}

TEST_F(ReadModelTrouble, ShowsWhatIsBeforeTheTroubleWhileItWaitsToTryAgain) {
  open_journals(2);
  refusal_plan::refuse(13, for_ever);
  auto options = quick();
  options.retry_delay = 1h;
  auto model = run<fragile_balances>(options);
  write("ann", {deposited{1}, deposited{13}}, 0);
  while (log_.count("will try again") == 0) {
    std::this_thread::yield();
  }
  const auto other = write("bob", {deposited{5}}, 1);
  const auto reader = model->read({.timeout = 60s, .at_least_all = {position{{0}, 1}, other}});
  EXPECT_EQ(*reader.ask(balance_of{"ann"}), (balance{1, 1}));
  EXPECT_EQ(*reader.ask(balance_of{"bob"}), (balance{5, 1}));
  drop(model);
}

TEST_F(ReadModelTrouble, AStateInMemoryIsNeitherShownNorSavedOnceApplyHasThrown) {
  open_journals(1);
  auto options = quick();
  auto model = run<fragile_totals>(options);
  ASSERT_TRUE(model->read({.at_least = write("ann", {deposited{1}})}).wait().has_value());
  stop(model);
  refusal_plan::refuse(13, 1);
  model = run<fragile_totals>(options);
  const auto last = write("ann", {deposited{2}, deposited{13}});
  EXPECT_EQ(model->read({.at_least = last}).ask(how_much{}).error().what, error::code::stopped);
  EXPECT_EQ(model->read().ask(how_much{}).error().what, error::code::stopped);
  EXPECT_EQ(log_.count("will try again"), 0);
  stop(model);
  // It begins again with the state before the trouble.
  model = run<fragile_totals>(options);
  EXPECT_EQ(*model->read({.caught_up = true}).ask(how_much{}), (sum{16, 3}));
  EXPECT_EQ(model->runner->status().events_applied, 2U);
  stop(model);
}

/// Takes deposits for something else, so that they cannot be read.
struct misread {
  static constexpr std::string_view stable_name = "test.deposited";
  std::string no_number;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) { cairn::fields(ar, no_number); }
};
struct misreading_account {
  static constexpr std::string_view stable_name = "test.account";
  using event = std::variant<opened, misread>;
};
struct misreader {
  static constexpr std::string_view stable_name = "test.misreader";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<misreading_account>>;
  using state = totals::state;
  static void apply(state& now, const cairn::recorded<opened>& /*fact*/) { ++now.events; }
  static void apply(state& now, const cairn::recorded<misread>& /*fact*/) { ++now.events; }
  static how_much::sum query(const state& now, const how_much& /*question*/) {
    return {now.cents, now.events};
  }
};

TEST_F(ReadModelTrouble, AnEventThatCannotBeReadIsTriedAgainAndThenStopsTheModel) {
  open_journals(1);
  write("ann", {opened{"Ann"}, deposited{-1}});
  auto model = run<misreader>(quick());
  EXPECT_EQ(model->read({.caught_up = true}).wait().error().what, error::code::stopped);
  EXPECT_EQ(model->runner->status().stopped_on->what, error::code::corrupt);
  EXPECT_EQ(model->runner->status().checkpoints[0].offset, 1U);
  EXPECT_EQ(log_.count("will try again"), 3);
  stop(model);
}

/// Makes a key of what it is given.
struct notes_by_text {
  static constexpr std::string_view stable_name = "test.notes_by_text";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<notes>>;
  struct tables {
    cairn::table<std::string, std::string> by_text;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      cairn::fields(ar, cairn::field("by_text", by_text));
    }
  };
  static void apply(tables& now, const cairn::recorded<noted>& fact) {
    now.by_text.put(fact->text, "noted");
  }
};

TEST_F(ReadModelTrouble, AKeyThatIsTooLongStopsTheModelAndNamesEventAndTable) {
  open_journals(1);
  write("list", {noted{"milk"}, noted{std::string(600, 'x')}});
  auto model = run<notes_by_text>(quick());
  EXPECT_FALSE(model->read({.caught_up = true}).wait().has_value());
  const auto why = *model->runner->status().stopped_on;
  EXPECT_EQ(why.what, error::code::too_large);
  EXPECT_NE(why.detail.find("test.noted at offset 2"), std::string::npos) << why.detail;
  EXPECT_NE(why.detail.find("by_text"), std::string::npos) << why.detail;
  stop(model);
}

TEST_F(ReadModelTrouble, AFullDiskStopsNobody) {
  open_journals(1);
  const auto view = std::make_shared<faulty_view>(open_view<balances>());
  view->refuse_batches(8, error::code::store_full);
  auto options = quick();
  options.retry_delay = 1us;
  auto model = run_on<balances>(view, options);
  const auto last = write("ann", {deposited{1}});
  EXPECT_EQ(*model->read({.at_least = last, .timeout = 60s}).ask(balance_of{"ann"}),
            (balance{1, 1}));
  EXPECT_EQ(view->refusals_left(), 0);
  EXPECT_EQ(log_.count("cannot store, will try again"), 1);
  stop(model);
}

TEST_F(ReadModelTrouble, AStorageThatCannotBeReachedStopsNobody) {
  open_journals(1);
  const auto view = std::make_shared<faulty_view>(open_view<balances>());
  view->refuse_batches(8, error::code::unavailable);
  auto options = quick();
  options.retry_delay = 1us;
  options.attempts = 1;
  options.on_failure = failure_policy::skip;
  auto model = run_on<balances>(view, options);
  const auto last = write("ann", {deposited{1}});
  EXPECT_EQ(*model->read({.at_least = last, .timeout = 60s}).ask(balance_of{"ann"}),
            (balance{1, 1}));
  EXPECT_EQ(view->refusals_left(), 0);
  EXPECT_EQ(model->runner->status().events_skipped, 0U);
  stop(model);
}

/// A database whose copy takes over, or that is put back to an earlier day.
TEST_F(ReadModelTrouble, WhatTheStorageHasLostIsAppliedAgain) {
  open_journals(1);
  const auto view = std::make_shared<faulty_view>(open_view<balances>());
  auto model = run_on<balances>(view, quick());
  const auto first = write("ann", {deposited{1}, deposited{2}});
  EXPECT_EQ(*model->read({.at_least = first, .timeout = 60s}).ask(balance_of{"ann"}),
            (balance{3, 2}));
  const detail::typed_read_model<balances> type;
  view->come_back_as(
      persistence::make_memory_view({.name = "older", .tables = type.table_names()}));
  const auto last = write("ann", {deposited{4}});
  EXPECT_EQ(*model->read({.at_least = last, .timeout = 60s}).ask(balance_of{"ann"}),
            (balance{7, 3}));
  EXPECT_EQ(log_.count("has lost what was stored behind offset 0 of partition 0"), 1);
  stop(model);
}

TEST_F(ReadModelTrouble, AStorageThatStaysBrokenStopsTheModel) {
  open_journals(1);
  const auto view = std::make_shared<faulty_view>(open_view<balances>());
  view->refuse_batches(for_ever, error::code::storage_failed);
  auto model = run_on<balances>(view, quick());
  const auto last = write("ann", {deposited{1}});
  EXPECT_EQ(model->read({.at_least = last, .timeout = 60s}).wait().error().what,
            error::code::stopped);
  EXPECT_EQ(model->runner->status().stopped_on->what, error::code::storage_failed);
  stop(model);
}

TEST_F(ReadModelTrouble, ACommitThatWasStoredAfterAllIsNotRepeated) {
  open_journals(1);
  const auto view = std::make_shared<faulty_view>(open_view<balances>());
  view->lie_once();
  auto model = run_on<balances>(view, quick());
  write("ann", {deposited{1}});
  const auto last = write("ann", {deposited{2}});
  EXPECT_EQ(*model->read({.at_least = last, .timeout = 60s}).ask(balance_of{"ann"}),
            (balance{3, 2}));
  stop(model);
}

/// Its rows are there, and its updates are not: who watches must look again.
TEST_F(ReadModelTrouble, ABatchThatWasStoredAfterAllEndsTheWatches) {
  open_journals(1);
  auto faulty = std::make_shared<faulty_view>(open_view<watched_table>());
  auto model = run_on<watched_table>(faulty, quick());
  auto seen = detail::begin_watch<watched_table>(model->runner.get(), watched_table::all{}, {});
  ASSERT_TRUE(seen);
  faulty->lie_once();
  write("ann", {deposited{1}});
  const auto news = seen->next(60s);
  ASSERT_FALSE(news);
  EXPECT_EQ(news.error().what, error::code::stale);
  auto again = detail::begin_watch<watched_table>(model->runner.get(), watched_table::all{}, {});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->first(), (sums{{"ann", 1}}));
  stop(model);
}

/// A batch that is undone leaves nothing, and is told once when it is done again.
TEST_F(ReadModelTrouble, ABatchThatIsRepeatedIsToldOnce) {
  open_journals(1);
  effects_seen::clear();
  auto model = run<watched_table>(quick());
  auto seen = detail::begin_watch<watched_table>(model->runner.get(), watched_table::all{}, {});
  ASSERT_TRUE(seen);
  refusal_plan::refuse(13, 2);
  write("ann", {deposited{1}, deposited{13}, deposited{2}});
  ASSERT_TRUE(model->read({.caught_up = true, .timeout = 60s}).wait());
  std::vector<std::int64_t> told;
  for (;;) {
    const auto news = seen->next(0ns);
    ASSERT_TRUE(news);
    if (!*news) break;
    told.push_back(std::get<sum_added>(*(*news)->update).cents);
  }
  EXPECT_EQ(told, (std::vector<std::int64_t>{1, 13, 2}));
  stop(model);
  EXPECT_EQ(effects_seen::calls(), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(ReadModelTrouble, AQueryThatThrowsHurtsNobody) {
  struct angry : totals {
    using totals::query;
    static how_much::sum query(const state& /*now*/, const how_much& /*question*/) {
      throw std::runtime_error{"not today"};
    }
  };
  open_journals(1);
  auto model = run<totals>();
  const auto answer = reader<angry>{model->runner.get(), {}}.ask(how_much{});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().what, error::code::user_code_threw);
  EXPECT_EQ(answer.error().detail, "query: not today");
  EXPECT_TRUE(model->read().ask(how_much{}).has_value());
  stop(model);
}

}  // namespace
}  // namespace cairn::tests

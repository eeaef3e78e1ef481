#include "process_managers/manager_rows.hpp"
#include "support/manager_fixture.hpp"

#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using bank::transfers;
using fate = fake_aggregates::fate;
using outcome_kind = detail::erased_outcome::kind;

class Transfers : public manager_fixture<transfers> {};

/// Each transfer withdraws, deposits and finishes: each once, in that order.
void expect_each_once(const std::vector<fake_aggregates::sent>& effects, int transfers_begun) {
  std::set<std::string> ids;
  for (const auto& one : effects)
    EXPECT_TRUE(ids.insert(one.id).second) << one.id << " took effect twice";
  EXPECT_EQ(effects.size(), static_cast<std::size_t>(3 * transfers_begun));
}

TEST_F(Transfers, DoEverythingOnceWhereverTheyCrash) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random{seed};
  int begun = 0;
  for (int round = 0; round < 60; ++round) {
    aggregates_.decide_fate = [&random] {
      const auto dice = random() % 10;
      return dice == 0 ? fate::lost : dice == 1 ? fate::answer_lost : fate::answered;
    };
    start();
    for (std::uint32_t i = random() % 4; i > 0; --i)
      begin_transfer("t" + std::to_string(begun++), 5);
    // Not always until everything is done; a command without an answer settles never.
    if (random() % 3 == 0) (void)manager().settle(std::chrono::milliseconds{random() % 20});
    if (random() % 4 == 0) {
      stop();
    } else {
      drop();
    }
    aggregates_.let_go();
  }
  aggregates_.decide_fate = nullptr;
  start();
  settle();
  SCOPED_TRACE("seed " + std::to_string(seed));
  expect_each_once(aggregates_.effects(), begun);
  EXPECT_GT(aggregates_.all_sent().size(), aggregates_.effects().size()) << "nothing was repeated";
}

TEST_F(Transfers, SendTheCommandsOfAnInstanceOneAfterTheOther) {
  aggregates_.decide_fate = [] {
    return fate::answer_lost;
  };
  start();
  begin_transfer("t1", 1);
  begin_transfer("t2", 2);
  while (aggregates_.held() < 2)
    std::this_thread::yield();
  EXPECT_EQ(manager().settle(20ms).error().what, error::code::stale);
  EXPECT_EQ(aggregates_.all_sent().size(), 2U) << "one of each";
  EXPECT_EQ(manager().status()->commands_pending, 6U);
  EXPECT_EQ(manager().status()->commands_in_flight, 2U);
  for (int i = 0; i < 3; ++i) {
    while (aggregates_.held() < 2)
      std::this_thread::yield();
    aggregates_.let_go();
  }
  settle();
  expect_each_once(aggregates_.effects(), 2);
}

TEST_F(Transfers, SendAgainUnderTheSameIdWhatFailedInAWayThatPasses) {
  int failures = 7;
  aggregates_.decide_outcome = [&failures](const fake_aggregates::sent&) {
    detail::erased_outcome outcome;
    outcome.what = outcome_kind::accepted;
    if (failures-- > 0) {
      outcome.what = outcome_kind::failed;
      outcome.why = {error::code::overloaded, "later"};
    }
    return outcome;
  };
  start();
  begin_transfer("t1", 1);
  settle();
  const auto sent = aggregates_.all_sent();
  ASSERT_EQ(sent.size(), 10U);
  for (int i = 1; i < 8; ++i)
    EXPECT_EQ(sent[static_cast<std::size_t>(i)].id, sent[0].id);
  EXPECT_EQ(log_.count("has been sent in vain 5 times"), 1);
}

TEST_F(Transfers, FoldAnEventOnlyOnceTheInstanceHasItsAnswers) {
  aggregates_.decide_fate = [] {
    return fate::answer_lost;
  };
  settings_.user.on_error = process_manager_options::policy::skip;
  start();
  begin_transfer("t1", 1);
  begin_transfer("t1", 2);
  begin_transfer("t2", 3);
  while (manager().status()->waiting < 1 || aggregates_.held() < 2)
    std::this_thread::yield();
  EXPECT_EQ((*manager().find("t2"))->cents, 3) << "others go on";
  // What waits outlives a crash, and a new start finds it.
  drop();
  aggregates_.let_go();
  aggregates_.decide_fate = nullptr;
  start();
  settle();
  EXPECT_EQ(manager().status()->waiting, 0U);
  EXPECT_EQ((*manager().find("t1"))->cents, 1);
  ASSERT_EQ(manager().failed_steps()->size(), 1U) << "it was handed on, and then not allowed";
  EXPECT_EQ(manager().failed_steps()->at(0).what, "event bank.transfer/t1@1 (transfer_started)");
  expect_each_once(aggregates_.effects(), 2);
}

TEST_F(Transfers, StopWhenTheJournalHasAnEventThatAStrictRouteForbids) {
  start();
  begin_transfer("t1", 1);
  begin_transfer("t1", 1);
  const error why = settle_in_vain();
  EXPECT_EQ(why.what, error::code::stopped);
  EXPECT_EQ(manager().status()->feed.now, read_model_status::phase::stopped);
}

/// Throws on thirteen; does not want to hear of anything.
struct touchy {
  static constexpr std::string_view stable_name = "test.touchy";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<some_of<bank::transfer, bank::transfer_started>>;
  using targets = cairn::targets<bank::account>;
  struct state {
    std::int64_t cents = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, cents); }
  };
  static cairn::route route(const recorded<bank::transfer_started>& fact) {
    if (fact->cents == 14) throw std::runtime_error{"no way"};
    return starts(fact.meta.aggregate_id);
  }
  static void on(state& now,
                 const recorded<bank::transfer_started>& fact,
                 reactions<touchy>& then) {
    if (fact->cents == 13) throw std::runtime_error{"bad luck"};
    now.cents = fact->cents;
    then.send<bank::account>("ann", bank::deposit{fact->cents});
    then.set_timer("later", 1h);
  }
  static void on_timer(state& now, std::string_view, timestamp, reactions<touchy>& then) {
    if (now.cents == 15) throw std::runtime_error{"too late"};
    then.send<bank::account>("bob", bank::deposit{now.cents});
  }
  static void on_failed(state& now,
                        const failed_command<bank::account>& what,
                        reactions<touchy>& then) {
    ++now.cents;
    if (what.attempts < 3) then.retry();
  }
};

class Touchy : public manager_fixture<touchy> {
 protected:
  using policy = process_manager_options::policy;
};

TEST_F(Touchy, StopsRightBeforeTheEventThatItThrowsOn) {
  start();
  begin_transfer("good", 1);
  begin_transfer("bad", 13);
  begin_transfer("later", 2);
  EXPECT_EQ(settle_in_vain().what, error::code::stopped);
  EXPECT_NE(manager().status()->feed.stopped_on->detail.find("bad luck"), std::string::npos);
  EXPECT_TRUE(manager().find("good")->has_value());
  EXPECT_FALSE(manager().find("later")->has_value());
}

TEST_F(Touchy, LeavesOutTheEventsThatItThrowsOnWhenToldTo) {
  settings_.user.on_error = policy::skip;
  start();
  begin_transfer("good", 1);
  begin_transfer("bad", 13);
  begin_transfer("worse", 14);
  begin_transfer("later", 2);
  settle();
  EXPECT_TRUE(manager().find("good")->has_value());
  EXPECT_FALSE(manager().find("bad")->has_value());
  EXPECT_TRUE(manager().find("later")->has_value());
  const auto left_out = manager().failed_steps();
  ASSERT_TRUE(left_out);
  ASSERT_EQ(left_out->size(), 2U);
  EXPECT_EQ((*left_out)[0].instance, "bad");
  EXPECT_EQ((*left_out)[0].what, "event bank.transfer/bad@1 (transfer_started)");
  EXPECT_NE((*left_out)[0].why.find("bad luck"), std::string::npos);
  EXPECT_EQ((*left_out)[1].instance, "");
}

TEST_F(Touchy, StopsOnATimerThatItThrowsOnAndGoesOnWithItAfterTheNextStart) {
  start();
  begin_transfer("bad", 15);
  settle();
  clock_.advance(2h);
  EXPECT_EQ(settle_in_vain().what, error::code::stopped);
  stop();
  settings_.user.on_error = policy::skip;
  start();
  settle();
  EXPECT_EQ(manager().failed_steps()->at(0).what, "timer later of bad");
  EXPECT_EQ(manager().status()->timers_pending, 0U);
}

TEST_F(Touchy, StopsOnARejectionThatItDoesNotHearAndLeavesItOutWhenToldTo) {
  aggregates_.decide_outcome = [](const fake_aggregates::sent& what) {
    detail::erased_outcome outcome;
    outcome.what = what.json.find("\"cents\":7") != std::string::npos ? outcome_kind::rejected
                                                                      : outcome_kind::accepted;
    outcome.rejection = 2;
    return outcome;
  };
  start();
  begin_transfer("refused", 7);
  EXPECT_EQ(settle_in_vain().what, error::code::stopped);
  EXPECT_NE(manager().status()->feed.stopped_on->detail.find("rejected with 2"), std::string::npos);
  begin_transfer("other", 8);
  stop();
  settings_.user.on_rejection = policy::skip;
  start();
  settle();
  EXPECT_EQ(aggregates_.effects().size(), 2U);
  ASSERT_EQ(manager().failed_steps()->size(), 1U);
  EXPECT_EQ(manager().failed_steps()->at(0).instance, "refused");
}

TEST_F(Touchy, HearsOfAFailureForGoodAndMayTryAgain) {
  aggregates_.decide_outcome = [](const fake_aggregates::sent&) {
    detail::erased_outcome outcome;
    outcome.why = {error::code::deleted, "gone"};
    return outcome;
  };
  start();
  begin_transfer("t1", 1);
  settle();
  EXPECT_EQ(aggregates_.all_sent().size(), 3U);
  EXPECT_EQ((*manager().find("t1"))->cents, 4);
}

/// Goes where the event says.
struct routed {
  static constexpr std::string_view stable_name = "test.routed";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<some_of<bank::transfer, bank::transfer_started>>;
  using targets = cairn::targets<>;
  struct state {
    int events = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, events); }
  };
  static cairn::route route(const recorded<bank::transfer_started>& fact) {
    switch (fact->cents) {
      case 1: return starts("one");
      case 2: return starts_new("one");
      case 3: return continues("one");
      case 4: return continues_known("one");
      case 5: return ends("one");
      case 6: return starts({"one", "two"});
      default: return ignores();
    }
  }
  static void on(state& now, const recorded<bank::transfer_started>&, reactions<routed>&) {
    ++now.events;
  }
};

class Routes : public manager_fixture<routed> {
 protected:
  Routes() { settings_.user.on_error = process_manager_options::policy::skip; }

  /// How many events the instances have seen after these; nothing for one that there is not.
  using seen = std::vector<std::optional<int>>;
  seen after(const std::vector<int>& kinds) {
    if (runner_ == nullptr) start();
    for (const int kind : kinds)
      begin_transfer("t" + std::to_string(++begun_), kind);
    settle();
    seen all;
    for (const char* id : {"one", "two"}) {
      const auto found = manager().find(id);
      all.push_back(*found ? std::optional{(*found)->events} : std::nullopt);
    }
    return all;
  }
  std::size_t failed() { return manager().failed_steps()->size(); }

 private:
  int begun_ = 0;
};

TEST_F(Routes, StartGoOnAndEndAsTheySay) {
  const auto none = std::nullopt;
  EXPECT_EQ(after({3, 5, 7}), (seen{none, none})) << "nothing to continue, end or ignore";
  EXPECT_EQ(after({1, 1, 3, 4}), (seen{4, none}));
  EXPECT_EQ(after({5}), (seen{none, none}));
  EXPECT_EQ(after({2}), (seen{1, none}));
  EXPECT_EQ(after({6}), (seen{2, 1}));
  EXPECT_EQ(failed(), 0U);
}

TEST_F(Routes, ThatAreStrictAreErrorsWhenTheyAreNotMet) {
  const auto none = std::nullopt;
  EXPECT_EQ(after({4}), (seen{none, none}));
  EXPECT_EQ(failed(), 1U);
  EXPECT_EQ(after({2, 2}), (seen{1, none}));
  EXPECT_EQ(failed(), 2U);
}

/// Counts the rows that a walk shows, and fails to store when it is told to.
class counting_view final : public persistence::view {
 public:
  explicit counting_view(std::shared_ptr<persistence::view> wrapped)
      : wrapped_(std::move(wrapped)) {}
  result<persistence::checkpoint_list> checkpoints() const override {
    return wrapped_->checkpoints();
  }
  result<std::unique_ptr<persistence::view_batch>> begin() override {
    auto made = wrapped_->begin();
    return std::unique_ptr<persistence::view_batch>{
        std::make_unique<batch>(*this, *std::move(made))};
  }
  result<std::unique_ptr<persistence::view_reader>> read() const override {
    auto made = wrapped_->read();
    return std::unique_ptr<persistence::view_reader>{
        std::make_unique<reader>(*this, *std::move(made))};
  }
  result<void> save_state(byte_view, std::uint32_t, const persistence::checkpoint_list&) override {
    return {};
  }
  result<std::optional<persistence::saved_state>> load_state() const override {
    return std::optional<persistence::saved_state>{};
  }
  result<void> clear() override { return wrapped_->clear(); }
  result<void> remove_older_versions() override { return {}; }

  mutable std::atomic<std::uint64_t> walked{0};
  /// So many commits fail.
  mutable std::atomic<int> failures{0};

 private:
  class tables final : public detail::table_store {
   public:
    tables(const counting_view& owner, detail::table_store& below) : owner_(owner), below_(below) {}
    std::optional<byte_view> get(std::size_t table, byte_view key) override {
      return below_.get(table, key);
    }
    void put(std::size_t table, byte_view key, byte_view value) override {
      below_.put(table, key, value);
    }
    void erase(std::size_t table, byte_view key) override { below_.erase(table, key); }
    std::uint64_t count(std::size_t table) override { return below_.count(table); }
    std::unique_ptr<cursor> walk(std::size_t table, byte_view first) override {
      return std::make_unique<counted>(owner_, below_.walk(table, first));
    }
    std::unique_ptr<cursor> walk_back(std::size_t table, byte_view end) override {
      return std::make_unique<counted>(owner_, below_.walk_back(table, end));
    }

   private:
    class counted final : public cursor {
     public:
      counted(const counting_view& owner, std::unique_ptr<cursor> below)
          : owner_(owner), below_(std::move(below)) {}
      bool next(byte_view& key, byte_view& value) override {
        ++owner_.walked;
        return below_->next(key, value);
      }

     private:
      const counting_view& owner_;
      std::unique_ptr<cursor> below_;
    };
    const counting_view& owner_;
    detail::table_store& below_;
  };
  class batch final : public persistence::view_batch {
   public:
    batch(const counting_view& owner, std::unique_ptr<persistence::view_batch> below)
        : owner_(owner), below_(std::move(below)), tables_(owner, below_->tables()) {}
    detail::table_store& tables() override { return tables_; }
    result<void> commit(const persistence::checkpoint_list& reached) override {
      if (owner_.failures > 0 && owner_.failures-- > 0) {
        return error{error::code::store_full, "no room"};
      }
      return below_->commit(reached);
    }

   private:
    const counting_view& owner_;
    std::unique_ptr<persistence::view_batch> below_;
    counting_view::tables tables_;
  };
  class reader final : public persistence::view_reader {
   public:
    reader(const counting_view& owner, std::unique_ptr<persistence::view_reader> below)
        : below_(std::move(below)), tables_(owner, below_->tables()) {}
    detail::table_store& tables() override { return tables_; }
    const persistence::checkpoint_list& checkpoints() const noexcept override {
      return below_->checkpoints();
    }

   private:
    std::unique_ptr<persistence::view_reader> below_;
    counting_view::tables tables_;
  };

  std::shared_ptr<persistence::view> wrapped_;
};

TEST_F(Touchy, TakesAnAnswerAgainWhenItsTransactionCouldNotBeStored) {
  aggregates_.decide_fate = [] {
    return fate::answer_lost;
  };
  const auto view = std::make_shared<counting_view>(open_view());
  start_on(view);
  begin_transfer("t1", 1);
  while (aggregates_.held() < 1)
    std::this_thread::yield();
  view->failures = 2;
  aggregates_.let_go();
  settle();
  EXPECT_EQ(view->failures, 0);
  EXPECT_EQ(manager().status()->commands_pending, 0U);
  EXPECT_EQ(aggregates_.all_sent().size(), 1U);
  EXPECT_EQ(log_.count("cannot store, will try again"), 1);
}

TEST_F(Touchy, LooksAtNoMoreTimersThanAreDueHoweverManyArePending) {
  constexpr std::uint64_t many = 100'000;
  const auto view = std::make_shared<counting_view>(persistence::make_memory_view(
      {.name = "test.touchy", .tables = actors::process_manager_tables()}));
  {
    auto batch = *view->begin();
    actors::manager_tables rows;
    byte_buffer state;
    encode(touchy::state{}, state);
    detail::bind_tables(rows, batch->tables());
    for (std::uint64_t i = 0; i < many; ++i) {
      const std::string id = std::to_string(i);
      const timestamp due{std::chrono::hours{1 + i}};
      actors::timer_row row;
      row.cause = "x" + id;
      rows.timers.put({due, id, "later"}, row);
      rows.timer_times.put({id, "later"}, due);
      if (i < 3) rows.instances.put(id, std::string{state.text()});
    }
    ASSERT_TRUE(batch->commit({0}));
  }
  view->walked = 0;
  start_on(view);
  clock_.advance(3h);
  settle();
  EXPECT_EQ(manager().status()->timers_pending, many - 3);
  EXPECT_EQ(aggregates_.effects().size(), 3U);
  EXPECT_LT(view->walked, 100U);
}

}  // namespace
}  // namespace cairn::tests

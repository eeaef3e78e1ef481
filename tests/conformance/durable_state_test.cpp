#include "support/running.hpp"

// What Pekko's tests say of a store of durable states and of an entity that is one: here a value
// aggregate. Its revision is its version.

namespace cairn::conformance {
namespace {

/// Stored in another form than it has.
struct number {
  static constexpr std::string_view stable_name = "number";
  std::int64_t is = 0;
  bool shut = false;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    std::string text = "the number is [" + std::to_string(is) + "]";
    fields(ar, field("text", text), field("shut", shut));
    if constexpr (Ar::is_loading::value) is = std::stoll(text.substr(text.find('[') + 1));
  }
  bool operator==(const number&) const = default;
};
struct number_store : stored_value<number> {
  static constexpr std::string_view stable_name = "number_store";
};

class DurableStateStore : public tests::running {
 protected:
  DurableStateStore() {
    with = [](builder& parts) {
      parts.add<number_store>();
    };
    start();
  }
  ~DurableStateStore() override { stop(); }

  /// As in the original: the revision is the one that the new value is to have.
  outcome<number_store> upsert(const char* id, std::uint64_t revision, std::int64_t is) {
    return app->aggregate<number_store>(id).ask(number_store::put{{is, false}},
                                                {.expected = version{revision - 1}});
  }
  outcome<number_store> erase(const char* id, std::uint64_t revision) {
    return app->aggregate<number_store>(id).ask(number_store::clear{},
                                                {.expected = version{revision - 1}});
  }
  void expect_value(const char* id, std::optional<std::int64_t> is, std::uint64_t revision) {
    for (int i = 0; i < 2; ++i) {
      const auto found = app->aggregate<number_store>(id).state();
      ASSERT_TRUE(found) << describe(found.error());
      ASSERT_EQ(found->state.has_value(), is.has_value());
      if (is) {
        EXPECT_EQ(found->state, (number{*is, false}));
      }
      EXPECT_EQ(found->version, version{revision});
      restart();
    }
  }
};

TEST_F(DurableStateStore, HasNoValueUnderAnUnknownId) {
  expect_value("n", {}, 0);
}

TEST_F(DurableStateStore, FindsTheValueThatWasStored) {
  ASSERT_TRUE(upsert("n", 1, 5).accepted());
  expect_value("n", 5, 1);
}

TEST_F(DurableStateStore, FindsTheSecondValueUnderRevisionTwo) {
  ASSERT_TRUE(upsert("n", 1, 5).accepted());
  ASSERT_TRUE(upsert("n", 2, 6).accepted());
  expect_value("n", 6, 2);
}

TEST_F(DurableStateStore, FindsNoValueThatWasDeleted) {
  ASSERT_TRUE(upsert("n", 1, 5).accepted());
  ASSERT_TRUE(erase("n", 2).accepted());
  expect_value("n", {}, 2);
}

TEST_F(DurableStateStore, KeepsTheValuesOfTwoIdsApart) {
  ASSERT_TRUE(upsert("n", 1, 5).accepted());
  ASSERT_TRUE(upsert("m", 1, 6).accepted());
  expect_value("n", 5, 1);
  expect_value("m", 6, 1);
}

TEST_F(DurableStateStore, ContinuesTheRevisionOverADeletion) {
  ASSERT_TRUE(upsert("n", 1, 5).accepted());
  ASSERT_TRUE(erase("n", 2).accepted());
  ASSERT_TRUE(upsert("n", 3, 7).accepted());
  expect_value("n", 7, 3);
}

TEST_F(DurableStateStore, RefusesADeletionUnderAWrongRevision) {
  ASSERT_TRUE(upsert("n", 1, 5).accepted());
  EXPECT_EQ(erase("n", 99).failed()->what, error::code::conflict);
  expect_value("n", 5, 1);
}

TEST_F(DurableStateStore, RefusesASecondValueUnderTheSameRevision) {
  ASSERT_TRUE(upsert("n", 1, 5).accepted());
  EXPECT_EQ(upsert("n", 1, 6).failed()->what, error::code::conflict);
  expect_value("n", 5, 1);
}

TEST_F(DurableStateStore, DeletesWithoutARevision) {
  ASSERT_TRUE(upsert("n", 1, 5).accepted());
  ASSERT_TRUE(app->aggregate<number_store>("n").ask(number_store::clear{}).accepted());
  expect_value("n", {}, 2);
}

// -- the entity -----------------------------------------------------------------------------------

struct persist {
  static constexpr std::string_view stable_name = "persist";
  std::int64_t is = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("is", is)); }
  bool operator==(const persist&) const = default;
};
/// Set aside while it is shut.
struct update {
  static constexpr std::string_view stable_name = "update";
  std::int64_t by = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("by", by)); }
  bool operator==(const update&) const = default;
};
struct shut {
  static constexpr std::string_view stable_name = "shut";
  bool is = true;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("is", is)); }
  bool operator==(const shut&) const = default;
};
struct entity : value_aggregate<number> {
  static constexpr std::string_view stable_name = "entity";
  enum class rejection : std::uint8_t { none };
  using command = std::variant<persist, update, shut, clear_value>;
  using decision = value_decision<number, rejection>;

  /// The revisions that `update` was decided at, by one host after the other.
  static inline tests::collected<std::uint64_t>* seen = nullptr;

  static decision decide(const state& /*now*/, const persist& wish) {
    return number{wish.is, false};
  }
  static decision decide(const state& now, const update& wish, const context& around) {
    if (!now) return rejection::none;
    if (now->shut) return stash;
    if (seen != nullptr) seen->put(around.version.value);
    return number{now->is + wish.by, false};
  }
  static decision decide(const state& now, const shut& wish) {
    if (!now) return rejection::none;
    decision made = number{now->is, wish.is};
    return wish.is ? std::move(made) : std::move(made).then_unstash();
  }
  static decision decide(const state& /*now*/, const clear_value& /*wish*/) {
    return value_cleared{};
  }
};

class DurableState : public tests::running {
 protected:
  DurableState() {
    with = [](builder& parts) {
      parts.add<entity>();
    };
    entity::seen = &seen;
    start();
  }
  ~DurableState() override {
    stop();
    entity::seen = nullptr;
  }
  aggregate_handle<entity> e() { return app->aggregate<entity>("e"); }
  void send(int which, entity::command wish) {
    e().ask(std::move(wish),
            {.timeout = std::chrono::minutes{10}},
            [this, which](const outcome<entity>& out) {
              if (out.accepted() != nullptr) answers.put({which, out.accepted()->version.value});
              if (out.failed() != nullptr) failures.put({which, out.failed()->what});
            });
  }

  tests::collected<std::uint64_t> seen;
  tests::collected<std::pair<int, std::uint64_t>> answers;
  tests::collected<std::pair<int, error::code>> failures;
};

TEST_F(DurableState, IsPersistedUpdatedAndDeletedInTheOrderOfItsCommandsWithAnAnswerToEach) {
  send(1, persist{10});
  for (int i = 2; i <= 100; ++i)
    send(i, update{1});
  send(101, clear_value{});
  send(102, persist{7});
  const auto all = answers.wait_for(102);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i], (std::pair{static_cast<int>(i + 1), std::uint64_t{i + 1}}));
  EXPECT_EQ(e().state_at(version{100})->state, (number{109, false}));
  EXPECT_EQ(e().state_at(version{101})->state, std::nullopt);
  EXPECT_EQ(e().state()->state, (number{7, false}));
}

TEST_F(DurableState, KnowsItsRevisionInADecisionAlsoWhenItsStashComesBackAndAfterARestart) {
  ASSERT_TRUE(e().ask(persist{1}).accepted());
  ASSERT_TRUE(e().ask(update{1}).accepted());
  ASSERT_TRUE(e().ask(shut{true}).accepted());
  send(1, update{10});
  send(2, update{20});
  ASSERT_TRUE(e().ask(shut{false}).accepted());
  EXPECT_EQ(answers.wait_for(2), (std::vector<std::pair<int, std::uint64_t>>{{1, 5}, {2, 6}}));
  restart();
  ASSERT_TRUE(e().ask(update{1}).accepted());
  EXPECT_EQ(seen.wait_for(4), (std::vector<std::uint64_t>{1, 4, 5, 6}));
  EXPECT_EQ(e().state()->state, (number{33, false}));
}

TEST_F(DurableState, HasAStashWithExactlyItsLimitOfRoomThatComesBackAtOnce) {
  ASSERT_TRUE(e().ask(persist{0}).accepted());
  ASSERT_TRUE(e().ask(shut{true}).accepted());
  for (int i = 1; i <= 501; ++i)
    send(i, update{1});
  EXPECT_EQ(failures.wait_for(1)[0], (std::pair{501, error::code::overloaded}));
  ASSERT_TRUE(e().ask(shut{false}).accepted());
  const auto all = answers.wait_for(500);
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(all[i].first, static_cast<int>(i + 1));
  ASSERT_TRUE(e().ask(update{1}).accepted());
  EXPECT_EQ(failures.size(), 1U);
  EXPECT_EQ(e().state()->state, (number{501, false}));
}

}  // namespace
}  // namespace cairn::conformance

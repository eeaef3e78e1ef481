#include "cairn/testing/aggregate_kit.hpp"

#include "support/account.hpp"

#include <gtest/gtest-spi.h>

#include <future>

namespace cairn::testing {
namespace {

using bank::account;

TEST(AggregateKit, RunsAnAccountAndStartsItAgain) {
  aggregate_kit<account> kit{"ann"};
  kit.given(bank::opened{"ann"}, bank::deposited{100});
  kit.run(bank::withdraw{30})
      .expect_events(bank::withdrawn{30})
      .expect_state({.is_open = true, .balance_cents = 70});
  kit.run(bank::withdraw{71}).expect_rejected(account::rejection::insufficient_funds);
  kit.restart();
  EXPECT_EQ(kit.now().balance_cents, 70);
  kit.run(bank::deposit{1}).expect_accepted().expect_state({.is_open = true, .balance_cents = 71});
}

TEST(AggregateKit, ChecksSnapshotsToo) {
  aggregate_kit<account> kit{"ann", {.snapshot_every = 2}};
  kit.run(bank::open{"ann"}).expect_events(bank::opened{"ann"});
  for (int i = 0; i < 10; ++i)
    kit.run(bank::deposit{1}).expect_events(bank::deposited{1});
  kit.restart();
  EXPECT_EQ(kit.now().balance_cents, 10);
}

TEST(AggregateKit, AnswersARepeatWithoutNewEvents) {
  aggregate_kit<account> kit;
  kit.run(bank::open{"ann"}, {.command_id = "c-1"}).expect_events(bank::opened{"ann"});
  const auto again = kit.run(bank::open{"ann"}, {.command_id = "c-1"});
  EXPECT_TRUE(again.outcome().accepted()->repeated);
  EXPECT_TRUE(again.events().empty());
}

TEST(AggregateKit, BringsFailuresOfTheJournalToTheAggregate) {
  aggregate_kit<account> kit;
  kit.run(bank::open{"ann"}).expect_accepted();
  kit.journal().reject_next();
  kit.run(bank::deposit{5}).expect_failed(error::code::store_full);
  kit.run(bank::deposit{6}).expect_state({.is_open = true, .balance_cents = 6});
  kit.journal().fail_next({error::code::uncertain, "died"}, journal_probe::fate::stored);
  kit.run(bank::deposit{7}).expect_failed(error::code::uncertain);
  kit.restart();
  EXPECT_EQ(kit.now().balance_cents, 13);
}

TEST(AggregateKit, SaysWhatWasExpectedAndWhatHappened) {
  aggregate_kit<account> kit;
  kit.given(bank::opened{"ann"});
  EXPECT_NONFATAL_FAILURE(kit.run(bank::deposit{5}).expect_events(bank::deposited{6}),
                          "expected the events deposited{\"cents\":6}; it was accepted with "
                          "deposited{\"cents\":5}");
  EXPECT_NONFATAL_FAILURE(kit.run(bank::deposit{5}).expect_no_events(), "expected the events none");
  EXPECT_NONFATAL_FAILURE(kit.run(bank::withdraw{99}).expect_events(bank::withdrawn{99}),
                          "expected the events withdrawn{\"cents\":99}; it was rejected with 3");
  EXPECT_NONFATAL_FAILURE(kit.run(bank::withdraw{99}).expect_accepted(), "to be accepted");
  EXPECT_NONFATAL_FAILURE(kit.run(bank::deposit{5}).expect_rejected(account::rejection::not_open),
                          "expected the rejection 1; it was accepted");
  EXPECT_NONFATAL_FAILURE(kit.run(bank::withdraw{99}).expect_rejected(account::rejection::not_open),
                          "expected the rejection 1; it was rejected with 3");
  EXPECT_NONFATAL_FAILURE(kit.run(bank::deposit{5}).expect_failed(error::code::conflict),
                          "expected it to fail with conflict");
  EXPECT_NONFATAL_FAILURE(kit.run(bank::deposit{5}).expect_state({}), "expected the state");
}

// -- aggregates with the usual slips --

struct note {
  static constexpr std::string_view stable_name = "note";
  int number = 0;
  std::string text = {};
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("number", number)); }
  bool operator==(const note&) const = default;
};
struct noted {
  static constexpr std::string_view stable_name = "noted";
  int number = 0;
  std::string text = {};
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("number", number)); }
  bool operator==(const noted&) const = default;
};

/// Forgets a field when it stores, and keeps its memory elsewhere than in its events.
struct forgetful {
  static constexpr std::string_view stable_name = "forgetful";
  struct state {
    int sum = 0;
    std::string last = {};
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("sum", sum)); }
  };
  enum class rejection : std::uint8_t { no };
  using command = std::variant<note>;
  using event = std::variant<noted>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const note& wish) {
    return noted{wish.number, wish.number == 2 ? "forgotten" : ""};
  }
  static inline int more = 0;
  static void evolve(state& now, const noted& fact) {
    now.sum += fact.number + more;
    if (!fact.text.empty()) now.sum += 100;
  }
};

TEST(AggregateKit, NoticesACommandThatSerializeForgets) {
  aggregate_kit<forgetful> kit;
  EXPECT_NONFATAL_FAILURE(kit.run(note{1, "x"}),
                          "the command note{\"number\":1} changed when stored and read back");
}

TEST(AggregateKit, NoticesAnEventThatSaysMoreThanIsStored) {
  aggregate_kit<forgetful> kit;
  kit.run(note{1}).expect_events(noted{1});
  // The running aggregate has seen the text, the journal has not.
  EXPECT_NONFATAL_FAILURE(kit.run(note{2}),
                          "the event noted{\"number\":2} changed when stored and read back");
}

/// What a kit says in a thread of its own, while it runs the command again and again.
int complaints_about(const note& wish, std::string_view what) {
  using reporter = ::testing::ScopedFakeTestPartResultReporter;
  ::testing::TestPartResultArray told;
  {
    const reporter listens{reporter::INTERCEPT_ONLY_CURRENT_THREAD, &told};
    aggregate_kit<forgetful> kit;
    for (int i = 0; i < 50; ++i)
      (void)kit.run(wish);
  }
  int found = 0;
  for (int i = 0; i < told.size(); ++i)
    found += std::string_view{told.GetTestPartResult(i).message()}.find(what) != what.npos ? 1 : -1;
  return found;
}

TEST(AggregateKit, SaysWhatIsItsOwnWhereverOthersOfItsTypeRun) {
  auto bad = std::async(std::launch::async, complaints_about, note{2}, "the event noted");
  auto good = std::async(std::launch::async, complaints_about, note{1}, "the event noted");
  EXPECT_EQ(bad.get(), 50);
  EXPECT_EQ(good.get(), 0);
}

TEST(AggregateKit, SaysWhatBecameOfAGivenEvent) {
  aggregate_kit<forgetful> kit;
  EXPECT_NONFATAL_FAILURE(kit.given(noted{3, "x"}),
                          "the given event noted{\"number\":3} changed when stored and read back");
}

TEST(AggregateKit, NoticesAnEvolveThatLooksAtMoreThanTheEvent) {
  aggregate_kit<forgetful> kit;
  kit.run(note{1}).expect_events(noted{1});
  forgetful::more = 7;
  EXPECT_NONFATAL_FAILURE(kit.restart(), "a restart changed the state from {\"sum\":1} to");
  forgetful::more = 0;
}

/// Its state cannot be stored whole.
struct leaky {
  static constexpr std::string_view stable_name = "leaky";
  struct state {
    int sum = 0;
    int unsaved = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("sum", sum)); }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { no };
  using command = std::variant<note>;
  using event = std::variant<noted>;
  using decision = cairn::decision<event, rejection>;
  static inline std::string text;
  static decision decide(const state& /*now*/, const note& wish) {
    return noted{wish.number, text};
  }
  static void evolve(state& now, const noted& fact) {
    now.sum += fact.number;
    now.unsaved += fact.number;
  }
};

TEST(AggregateKit, NoticesAStateThatSerializeForgets) {
  aggregate_kit<leaky> kit;
  EXPECT_NONFATAL_FAILURE(kit.run(note{1}),
                          "the state {\"sum\":1} changed when stored and read back");
}

TEST(AggregateKit, NoticesWhatAnEventForgetsAlsoWhenNoStateShowsIt) {
  aggregate_kit<leaky> kit;
  kit.run(note{0, {}}).expect_events(noted{0});
  leaky::text = "forgotten";
  EXPECT_NONFATAL_FAILURE(kit.run(note{0}), "the event noted{\"number\":0} changed when stored");
  leaky::text.clear();
}

}  // namespace
}  // namespace cairn::testing

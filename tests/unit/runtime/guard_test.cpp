#include "support/counter.hpp"
#include "support/running.hpp"

#include "cairn/testing/journal_probe.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Commands with a guard: what others have recorded meanwhile decides whether they count.

namespace cairn {
namespace {

using counting::add;
using counting::counter;
using counting::set_to;

class Guard : public tests::running {
 protected:
  Guard() {
    with = [](builder& parts) {
      parts.add<counter>({.hosts = 3});
    };
  }
  ~Guard() override { stop(); }

  aggregate_handle<counter> at(const std::string& id) { return app->aggregate<counter>(id); }
  /// Where the journal ends, for those who have seen everything.
  event_cursor now() { return seen({}).next; }
  event_page seen(std::vector<event_pattern> any_of) {
    auto page = app->events({.any_of = std::move(any_of)});
    EXPECT_TRUE(page);
    EXPECT_TRUE(page->at_end);
    return *std::move(page);
  }
  static std::vector<event_pattern> tagged(const std::string& tag) { return {{.tags = {tag}}}; }
  /// Adds with a tag, when nothing with the tag was recorded behind the place.
  outcome<counter> add_with(const std::string& id,
                            const std::string& tag,
                            event_cursor after,
                            command_id as = {}) {
    return at(id).ask(
        add{1},
        {.command_id = std::move(as), .tags = {tag}, .guard = {tagged(tag), std::move(after)}});
  }
  static void expect_conflict(const outcome<counter>& out) {
    ASSERT_TRUE(out.failed());
    EXPECT_EQ(out.failed()->what, error::code::conflict) << describe(*out.failed());
  }
};

TEST_F(Guard, FailsWhenWhatItIsAboutWasRecordedMeanwhile) {
  start();
  ASSERT_TRUE(at("a").ask(add{1}, {.tags = {"x"}}).accepted());
  const event_cursor before = now();
  ASSERT_TRUE(at("b").ask(add{1}, {.tags = {"x", "y"}}).accepted());
  const auto out = add_with("c", "x", before);
  expect_conflict(out);
  EXPECT_NE(out.failed()->detail.find("offset 2 of partition 0"), std::string::npos);
  EXPECT_NE(out.failed()->detail.find("\"added\" of counter/b"), std::string::npos);
  EXPECT_EQ(at("c").state()->version, version{0});
  const auto good = add_with("c", "x", now());
  ASSERT_TRUE(good.accepted()) << describe(*good.failed());
  EXPECT_EQ(good.accepted()->version, version{1});
  EXPECT_EQ(good.accepted()->position.offset, 3U);
}

TEST_F(Guard, LetsWhatIsDisjointPass) {
  start();
  const event_cursor before = now();
  ASSERT_TRUE(at("a").ask(add{1}, {.tags = {"x"}}).accepted());
  EXPECT_TRUE(add_with("c", "y", before).accepted());
  EXPECT_TRUE(at("c").ask(add{1}, {.guard = {{{.event_types = {"was_set"}}}, before}}).accepted());
  EXPECT_TRUE(at("c")
                  .ask(add{1}, {.guard = {{{.event_types = {"was_set"}, .tags = {"x"}}}, before}})
                  .accepted());
  expect_conflict(
      at("c").ask(add{1}, {.guard = {{{.event_types = {"added"}, .tags = {"x"}}}, before}}));
  expect_conflict(at("c").ask(add{1}, {.guard = {{{.categories = {"counter"}}}, before}}));
}

TEST_F(Guard, GuardsAlsoWhatWasEmpty) {
  start();
  ASSERT_TRUE(at("z").ask(add{1}).accepted());
  const event_page none = seen(tagged("name:ann"));
  EXPECT_TRUE(none.events.empty());
  ASSERT_TRUE(add_with("a", "name:ann", none.next).accepted());
  expect_conflict(add_with("b", "name:ann", none.next));
  // Without a place: there must be none at all, which makes a name unique.
  expect_conflict(add_with("b", "name:ann", {}));
  EXPECT_TRUE(add_with("b", "name:bob", {}).accepted());
}

TEST_F(Guard, HoldsAfterARestart) {
  start();
  const event_cursor before = now();
  ASSERT_TRUE(at("a").ask(add{1}, {.tags = {"x"}}).accepted());
  const event_cursor after = *event_cursor::parse(now().text());
  restart();
  expect_conflict(add_with("b", "x", before));
  EXPECT_TRUE(add_with("b", "x", after).accepted());
}

/// What is in the way is on its way to the disk when the guard sets out: only the writer sees it.
TEST_F(Guard, LeavesAggregatesAsTheyWereWhenTheWriterFindsItBroken) {
  testing::journal_probe journal;
  settings = {.in_memory = true};
  with = [&journal](builder& parts) {
    parts.add<counter>({.hosts = 1}).journal_from(journal.source());
  };
  start();
  ASSERT_TRUE(at("a").ask(add{5}).accepted());
  ASSERT_TRUE(at("b").ask(add{5}).accepted());
  const event_cursor before = now();
  journal.hold_next();
  tests::collected<outcome<counter>> first;
  at("c").ask(add{1}, {.tags = {"x"}}, [&](outcome<counter> out) { first.put(std::move(out)); });
  ASSERT_TRUE(journal.wait_until_held());
  tests::collected<outcome<counter>> single;
  tests::collected<atomic_outcome> atomic;
  const auto to_single = [&](outcome<counter> out) {
    single.put(std::move(out));
  };
  at("a").ask(
      add{100}, {.command_id = "c-1", .tags = {"x"}, .guard = {tagged("x"), before}}, to_single);
  // Decided on the state that the guarded one has left behind: none.
  at("a").ask(add{1}, {.expected = version{1}}, to_single);
  std::vector<atomic_part> parts;
  parts.push_back(at("b").part(add{100}));
  parts.push_back(at("d").part(add{100}));
  parts.push_back(at("b").part(add{100}));
  app->ask_atomically({.guard = {tagged("x"), before}}, std::move(parts), [&](atomic_outcome out) {
    atomic.put(std::move(out));
  });
  journal.release();
  EXPECT_TRUE(first.wait_for(1)[0].accepted());
  const auto came = single.wait_for(2);
  expect_conflict(came[0]);
  ASSERT_TRUE(came[1].accepted()) << describe(*came[1].failed());
  EXPECT_EQ(came[1].accepted()->version, version{2});
  ASSERT_TRUE(atomic.wait_for(1)[0].failed());
  EXPECT_EQ(atomic.wait_for(1)[0].failed()->what, error::code::conflict);
  EXPECT_EQ(at("b").ask(add{1}).accepted()->version, version{2});
  EXPECT_EQ(at("d").ask(add{1}).accepted()->version, version{1});
  EXPECT_FALSE(add_with("a", "x", now(), "c-1").accepted()->repeated);
  EXPECT_EQ(at("a").state()->state.value, 7);
  EXPECT_EQ(at("b").state()->state.value, 6);
  EXPECT_EQ(at("d").state()->state.value, 1);
  stop();
}

TEST_F(Guard, IsLookedAtWhateverTheCommandComesTo) {
  start();
  const event_cursor before = now();
  ASSERT_TRUE(at("a").ask(add{1}, {.tags = {"x"}}).accepted());
  const auto ask = [this](add wish, const event_cursor& after) {
    return at("b").ask(wish, {.command_id = "c", .guard = {tagged("x"), after}});
  };
  // A rejection that rests on old knowledge is not recorded.
  expect_conflict(ask(add{-1}, before));
  expect_conflict(ask(add{0}, before));
  ASSERT_TRUE(ask(add{-1}, now()).rejected());
  // It is now, so its repeats get it, whatever the guard.
  ASSERT_TRUE(ask(add{1}, before).rejected());
  restart();
  ASSERT_TRUE(ask(add{1}, before).rejected());
}

TEST_F(Guard, IsNotLookedAtForARepeat) {
  start();
  const event_cursor before = now();
  const auto first = add_with("a", "x", before, "c-1");
  ASSERT_TRUE(first.accepted());
  for (int i = 0; i < 2; ++i) {
    // Its own event is in the way now.
    const auto again = add_with("a", "x", before, "c-1");
    ASSERT_TRUE(again.accepted()) << describe(*again.failed());
    EXPECT_TRUE(again.accepted()->repeated);
    EXPECT_EQ(again.accepted()->version, first.accepted()->version);
    EXPECT_EQ(again.accepted()->position, first.accepted()->position);
    restart();
  }
  // One that met a conflict has not happened: the id is free.
  expect_conflict(add_with("b", "x", before, "c-2"));
  const auto later = add_with("b", "x", now(), "c-2");
  ASSERT_TRUE(later.accepted());
  EXPECT_FALSE(later.accepted()->repeated);
  // Also a repeat of a command that had no guard.
  ASSERT_TRUE(at("c").ask(add{1}, {.command_id = "c-3"}).accepted());
  EXPECT_TRUE(add_with("c", "x", before, "c-3").accepted()->repeated);
}

TEST_F(Guard, GoesWithTheExpectedVersion) {
  start();
  ASSERT_TRUE(at("a").ask(add{1}).accepted());
  const auto stale = at("a").ask(add{1}, {.expected = version{7}, .guard = {tagged("x"), now()}});
  expect_conflict(stale);
  EXPECT_EQ(stale.failed()->actual_version, 1U);
  EXPECT_TRUE(
      at("a").ask(add{1}, {.expected = version{1}, .guard = {tagged("x"), now()}}).accepted());
}

TEST_F(Guard, GuardsAllPartsOfAnAtomicCommit) {
  start();
  const event_cursor before = now();
  const auto both = [this](const event_cursor& after, command_id as = {}) {
    return app->ask_atomically(
        {.command_id = std::move(as), .tags = {"x"}, .guard = {tagged("x"), after}},
        at("a").part(add{1}),
        at("b").part(add{10}),
        at("a").part(add{1}));
  };
  const auto first = both(before, "t-1");
  ASSERT_TRUE(first.accepted()) << describe(*first.failed());
  EXPECT_EQ(first.accepted()->receipts[0].version, version{2});
  const auto out = both(before);
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::conflict);
  EXPECT_TRUE(both(before, "t-1").accepted()->repeated);
  EXPECT_EQ(at("a").state()->state.value, 2);
  EXPECT_EQ(at("b").state()->state.value, 10);
  EXPECT_TRUE(both(now()).accepted());
  EXPECT_EQ(at("a").ask(add{1}).accepted()->version, version{5});
  EXPECT_EQ(at("b").ask(add{1}).accepted()->version, version{3});
}

TEST_F(Guard, RunsEffectsWithTheReceiptOfItsCommandAndOnlyWhenItHolds) {
  tests::collected<receipt> heard;
  counter::listener = [&heard](int, const receipt& done) {
    heard.put(done);
  };
  start();
  const event_cursor before = now();
  const auto out =
      at("a").ask(counting::announce{}, {.tags = {"x"}, .guard = {tagged("x"), before}});
  ASSERT_TRUE(out.accepted());
  // Before the sender hears of it.
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard.wait_for(2)[1], *out.accepted());
  expect_conflict(at("a").ask(counting::announce{}, {.guard = {tagged("x"), before}}));
  EXPECT_EQ(heard.size(), 2U);
  counter::listener = nullptr;
}

TEST_F(Guard, IsTakenByEveryWayToAsk) {
  start();
  ASSERT_TRUE(at("z").ask(add{1}, {.tags = {"x"}}).accepted());
  const ask_options broken{.guard = {tagged("x"), {}}};
  std::vector<addressed<counter>> wishes;
  wishes.push_back({"a", add{1}, {}});
  wishes.push_back({"a", add{1}, broken});
  wishes.push_back({"a", set_to{50}, {.tags = {"y"}, .guard = {tagged("y"), {}}}});
  wishes.push_back({"a", add{1}, {}});
  const auto outcomes = app->ask_many<counter>(std::move(wishes));
  ASSERT_EQ(outcomes.size(), 4U);
  EXPECT_EQ(outcomes[0].accepted()->version, version{1});
  expect_conflict(outcomes[1]);
  // In the order given.
  EXPECT_EQ(outcomes[2].accepted()->version, version{2});
  EXPECT_EQ(outcomes[3].accepted()->version, version{3});
  EXPECT_EQ(at("a").state()->state.value, 51);
  const auto made =
      at("a").ask_from([](const auto&) { return add{1}; }, {.ask = broken, .attempts_max = 2});
  expect_conflict(*made);
  // Credit comes back right behind the answer.
  while (app->status().commands_in_flight != 0)
    std::this_thread::yield();
}

TEST_F(Guard, RefusesWhatBreaksItsRules) {
  start();
  const auto why = [this](cairn::guard what) {
    const auto out = at("a").ask(add{1}, {.guard = std::move(what)});
    return out.failed() ? out.failed()->what : error::code{};
  };
  EXPECT_EQ(why({{{.tags = {""}}}}), error::code::bad_input);
  EXPECT_EQ(why({{{.tags = {std::string(129, 'x')}}}}), error::code::bad_input);
  EXPECT_EQ(why({{{.event_types = {std::string(101, 'x')}}}}), error::code::bad_input);
  EXPECT_EQ(why({std::vector<event_pattern>(event_patterns_max + 1, {.tags = {"x"}})}),
            error::code::bad_input);
  EXPECT_EQ(why({{{.tags = std::vector<std::string>(event_pattern_words_max + 1, "x")}}}),
            error::code::bad_input);
  EXPECT_EQ(why({tagged("x"), event_cursor{{0, 0}}}), error::code::bad_input);
  EXPECT_EQ(why({tagged("x"), event_cursor{{17}}}), error::code::bad_input);
  ASSERT_TRUE(at("a").ask(add{1}).accepted());
  const auto removed = at("a").remove({.guard = {tagged("x"), {}}});
  ASSERT_TRUE(removed.failed());
  EXPECT_EQ(removed.failed()->what, error::code::bad_input);
  EXPECT_EQ(app->events({.any_of = {{.tags = {""}}}}).error().what, error::code::bad_input);
  // Credit comes back right behind the answer.
  while (app->status().commands_in_flight != 0)
    std::this_thread::yield();
}

TEST_F(Guard, RefusesAPlaceThatIsTooLongAgo) {
  settings.guard_events_max = 20;
  start();
  const event_cursor before = now();
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(at("a").ask(add{1}, {.tags = {"x"}}).accepted());
  (void)now();  // The index has them all.
  const std::vector<event_pattern> what{{.event_types = {"was_set"}, .tags = {"x"}}};
  const auto out = at("b").ask(add{1}, {.guard = {what, before}});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::too_large);
  EXPECT_TRUE(at("b").ask(add{1}, {.guard = {what, now()}}).accepted());
  EXPECT_TRUE(add_with("b", "y", before).accepted());
}

TEST_F(Guard, WatchesOnePartitionAndNoMore) {
  settings.partitions = 8;
  start();
  ASSERT_TRUE(at("{z}1").ask(add{1}, {.tags = {"x"}}).accepted());
  const event_cursor after = now();
  const auto out = at("{z}2").ask(add{1}, {.guard = {tagged("x"), after}});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::apart);
  const auto atomic = app->ask_atomically({.guard = {tagged("x"), after}}, at("{z}2").part(add{1}));
  ASSERT_TRUE(atomic.failed());
  EXPECT_EQ(atomic.failed()->what, error::code::apart);
  EXPECT_TRUE(
      at("{z}2").ask(add{1}, {.tags = {"x"}, .guard = {tagged("x"), after, true}}).accepted());
  expect_conflict(at("{z}3").ask(add{1}, {.guard = {tagged("x"), after, true}}));
  EXPECT_TRUE(at("{z}3").ask(add{1}, {.guard = {tagged("x"), now(), true}}).accepted());
}

TEST_F(Guard, IsHeardOfByTheSenderWhenItsGroupFails) {
  testing::journal_probe journal;
  settings = {.in_memory = true};
  with = [&journal](builder& parts) {
    parts.add<counter>({.hosts = 1}).journal_from(journal.source());
  };
  start();
  ASSERT_TRUE(at("a").ask(add{1}).accepted());
  journal.reject_next();
  const auto out = add_with("a", "x", now());
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::store_full);
  // The state is the stored one again.
  const auto next = add_with("a", "x", now());
  ASSERT_TRUE(next.accepted()) << describe(*next.failed());
  EXPECT_EQ(next.accepted()->version, version{2});
  EXPECT_EQ(at("a").state()->state.value, 2);
  stop();
}

TEST_F(Guard, LetsExactlyOneOfTwoRivalsWin) {
  start();
  constexpr int rounds = 150;
  constexpr int rivals = 4;
  for (int round = 0; round < rounds; ++round) {
    const event_cursor before = now();
    const std::string tag = "round-" + std::to_string(round % 7);
    std::atomic<int> won{0};
    std::atomic<int> lost{0};
    std::atomic<int> apart{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < rivals; ++i) {
      clients.emplace_back([&, i] {
        const auto out = add_with("r" + std::to_string(i), tag, before);
        if (out.accepted()) ++won;
        if (out.failed() && out.failed()->what == error::code::conflict) ++lost;
        // Nobody else is in the way of this one.
        if (add_with("d" + std::to_string(i), "own-" + std::to_string(i), before).accepted()) {
          ++apart;
        }
      });
    }
    for (std::thread& one : clients)
      one.join();
    ASSERT_EQ(won.load(), 1) << "round " << round;
    ASSERT_EQ(lost.load(), rivals - 1) << "round " << round;
    ASSERT_EQ(apart.load(), rivals) << "round " << round;
  }
  EXPECT_TRUE(app->verify());
  EXPECT_EQ(app->status().events, std::uint64_t{rounds * (1 + rivals)});
}

TEST_F(Guard, IsReadWithTheSamePatterns) {
  settings.index_flush_events = 10;
  start();
  for (int i = 0; i < 60; ++i) {
    std::vector<std::string> tags;
    if (i % 2 == 0) tags.emplace_back("even");
    if (i % 3 == 0) tags.emplace_back("third");
    if (i % 5 == 0) {
      ASSERT_TRUE(at("a").ask(set_to{i}, {.tags = tags}).accepted());
    } else {
      ASSERT_TRUE(at("b").ask(add{i + 100}, {.tags = tags}).accepted());
    }
  }
  const auto expect = [this](const std::vector<event_pattern>& what, auto&& is_meant) {
    for (const auto direction : {read_direction::forwards, read_direction::backwards}) {
      for (const std::uint32_t limit : {1U, 7U, 1'000U}) {
        std::vector<std::uint64_t> wanted;
        for (int i = 0; i < 60; ++i) {
          if (is_meant(i)) wanted.push_back(static_cast<std::uint64_t>(i) + 1);
        }
        if (direction == read_direction::backwards) std::reverse(wanted.begin(), wanted.end());
        event_query query{.any_of = what, .direction = direction, .limit = limit};
        std::vector<std::uint64_t> found;
        for (bool at_end = false; !at_end;) {
          const auto page = app->events(query);
          ASSERT_TRUE(page) << describe(page.error());
          for (const auto& one : page->events)
            found.push_back(one.position.offset);
          query.from = page->next;
          at_end = page->at_end;
        }
        EXPECT_EQ(found, wanted);
      }
    }
  };
  expect({{.tags = {"even"}}, {.tags = {"third"}}}, [](int i) { return i % 2 == 0 || i % 3 == 0; });
  expect({{.tags = {"even", "third"}}}, [](int i) { return i % 6 == 0; });
  expect({{.event_types = {"was_set"}}, {.event_types = {"added"}, .tags = {"third"}}},
         [](int i) { return i % 5 == 0 || i % 3 == 0; });
  expect({{.event_types = {"was_set", "added"}}}, [](int) { return true; });
  expect({{}, {.tags = {"none"}}}, [](int) { return true; });
  expect({{.categories = {"other"}}, {.tags = {"none"}}}, [](int) { return false; });
  const auto both = app->events({.event_type = "was_set", .any_of = {{.tags = {"even"}}}});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->events.size(), 6U);
}

}  // namespace
}  // namespace cairn

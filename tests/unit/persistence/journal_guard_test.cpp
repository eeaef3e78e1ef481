#include "lmdb/lmdb_block_log.hpp"
#include "lmdb/lmdb_index_store.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"
#include "cairn/testing/journal_probe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

// Guards as the writer sees them: against what is indexed, what is not, and the group at hand.

namespace cairn::persistence {
namespace {

using tests::test_commit;
using tests::waiting_reply;

/// A burst of one commit with a guard, and what became of it.
struct guarded final : guard_listener {
  explicit guarded(append_guard what) : guard(std::move(what)) {}
  void judged(bool holds) noexcept override {
    EXPECT_FALSE(verdict.has_value()) << "judged twice";
    verdict = holds;
  }

  append_guard guard;
  std::optional<bool> verdict;
  waiting_reply reply;
  burst::origin origin;
};

class JournalGuard : public ::testing::Test {
 protected:
  JournalGuard() { open(); }

  void open() {
    host_.reset();
    journal_.reset();
    std::filesystem::create_directories(directory_.path() / "index");
    auto index = *lmdb::open_index_store(directory_.path() / "index", std::uint64_t{64} << 20U);
    journal::options settings;
    settings.index.flush_commits = 20;
    journal_ =
        *journal::open(*probe_.source()({0}), std::move(index), tests::bank_names(), settings);
    ASSERT_TRUE(journal_->start());
    host_ = std::make_unique<tests::journal_host>(*journal_);
  }
  static result<std::unique_ptr<block_log>> open_log(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    return lmdb::open_block_log(
        folder, {.map_bytes = std::uint64_t{64} << 20U, .prefill_bytes = std::uint64_t{1} << 20U});
  }

  /// An event of a payment or an opening, with tags.
  static test_commit event(std::vector<std::string> tags, name_number type = 2) {
    test_commit made = tests::commit_of({"e"});
    made.tags = std::move(tags);
    made.event_type = type;
    return made;
  }
  std::uint64_t write(const test_commit& what) { return host_->write({what}); }
  std::unique_ptr<guarded> submit(test_commit what, append_guard guard) {
    auto made = std::make_unique<guarded>(std::move(guard));
    auto one = std::make_unique<burst>(made->origin, 1, journal_->writer().era());
    what.id = "guarded-" + std::to_string(++ids_);
    add_commit(*one, what, nullptr);
    one->wait_for_commits(&made->reply);
    one->guard_with(made->guard, *made);
    journal_->writer().submit(std::move(one));
    return made;
  }
  /// What became of a commit with this guard: its offset, or the reason.
  result<position> try_with(append_guard guard, test_commit what = tests::commit_of({"g"})) {
    const auto one = submit(std::move(what), std::move(guard));
    auto came = one->reply.wait();
    EXPECT_EQ(one->verdict, came.has_value());
    return came;
  }
  [[nodiscard]] bool holds(append_guard guard) { return try_with(std::move(guard)).has_value(); }
  [[nodiscard]] std::uint64_t end() const { return journal_->durable_offset(); }
  /// From here on the index takes nothing in any more.
  void stop_index() {
    probe_.fail_reads({error::code::io_failed, "the test says so"});
    (void)write(event({"nothing"}));
    EXPECT_FALSE(journal_->wait_for_index());
    probe_.heal();
  }
  [[nodiscard]] std::size_t stored() const { return tests::read_all(*journal_)->size(); }

  tests::temporary_directory directory_;
  testing::journal_probe probe_{[this](partition_id /*which*/) {
    return open_log(directory_.path() / "log");
  }};
  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
  int ids_ = 0;
};

TEST_F(JournalGuard, AsksForAnyTypeOfSeveralAndForAllTags) {
  (void)write(event({"a", "b"}, 1));
  const auto is_broken_by = [this](event_pattern what) {
    return !holds({{std::move(what)}, 0});
  };
  EXPECT_TRUE(is_broken_by({}));
  EXPECT_TRUE(is_broken_by({.tags = {"a"}}));
  EXPECT_TRUE(is_broken_by({.tags = {"b", "a"}}));
  EXPECT_TRUE(is_broken_by({.event_types = {"bank.paid", "bank.opened"}, .tags = {"a"}}));
  EXPECT_TRUE(is_broken_by({.categories = {"shop.cart", "bank.account"}}));
  EXPECT_TRUE(is_broken_by({.categories = {"bank.account"}, .event_types = {"bank.opened"}}));
  EXPECT_FALSE(is_broken_by({.tags = {"a", "c"}}));
  EXPECT_FALSE(is_broken_by({.tags = {"c", "a"}}));
  EXPECT_FALSE(is_broken_by({.event_types = {"shop.added"}, .tags = {"a"}}));
  EXPECT_FALSE(is_broken_by({.categories = {"shop.cart"}, .tags = {"a"}}));
  EXPECT_FALSE(is_broken_by({.categories = {"shop.cart"}, .event_types = {"bank.opened"}}));
  // Several patterns: one is enough.
  EXPECT_FALSE(holds({{{.tags = {"c"}}, {.tags = {"a"}}}, 0}));
  EXPECT_TRUE(holds({{{.tags = {"c"}}, {.tags = {"d"}}}, 0}));
}

TEST_F(JournalGuard, LooksBehindItsPlaceOnly) {
  const std::uint64_t at = write(event({"a"}));
  EXPECT_FALSE(holds({{{.tags = {"a"}}}, at - 1}));
  EXPECT_TRUE(holds({{{.tags = {"a"}}}, at}));
  const std::uint64_t next = write(event({"a"}));
  EXPECT_FALSE(holds({{{.tags = {"a"}}}, at}));
  EXPECT_TRUE(holds({{{.tags = {"a"}}}, next}));
}

TEST_F(JournalGuard, NamesTheEventThatIsInTheWay) {
  (void)write(event({"b"}));
  const std::uint64_t at = write(event({"a"}, 1));
  const auto came = try_with({{{.tags = {"a"}}}, 0});
  ASSERT_FALSE(came);
  EXPECT_EQ(came.error().what, error::code::conflict);
  EXPECT_EQ(effect_of(came.error().what), error::effect::none);
  EXPECT_NE(came.error().detail.find("offset " + std::to_string(at)), std::string::npos);
  EXPECT_NE(came.error().detail.find("bank.opened"), std::string::npos) << came.error().detail;
  EXPECT_EQ(stored(), 2U);
}

TEST_F(JournalGuard, SeesWhatStandsBeforeItInTheSameGroup) {
  (void)write(event({"z"}));
  probe_.hold_next();
  auto first = host_->submit({event({"z"})});
  ASSERT_TRUE(probe_.wait_until_held());
  // All of these wait for the one that is held, so they come to be one group.
  const std::uint64_t after = end();
  auto plain = host_->submit({event({"a"}, 1)});
  const auto broken =
      submit(event({"a"}), {{{.event_types = {"bank.opened"}, .tags = {"a"}}}, after});
  const auto holds = submit(event({"b"}), {{{.event_types = {"bank.paid"}, .tags = {"a"}}}, after});
  const auto second = submit(event({"b"}), {{{.tags = {"b"}}}, after});
  const auto third = submit(event({"c"}), {{{.tags = {"c"}}}, after});
  const auto any = submit(event({"d"}), {{{}}, after});
  probe_.release();
  for (const auto& one : first)
    EXPECT_TRUE(one->wait());
  for (const auto& one : plain)
    EXPECT_EQ(one->offset(), 3U);
  const auto why = broken->reply.wait();
  ASSERT_FALSE(why);
  EXPECT_EQ(why.error().what, error::code::conflict);
  // What is refused takes no offset.
  EXPECT_NE(why.error().detail.find("offset 3 of"), std::string::npos) << why.error().detail;
  EXPECT_EQ(holds->reply.offset(), 4U);
  EXPECT_FALSE(second->reply.wait());
  EXPECT_EQ(third->reply.offset(), 5U);
  EXPECT_FALSE(any->reply.wait());
  EXPECT_EQ(journal_->writer().counters().groups, 3U);
  EXPECT_EQ(end(), 5U);
}

TEST_F(JournalGuard, SeesWhatTheIndexHasNotTakenIn) {
  (void)write(event({"a"}));
  ASSERT_TRUE(journal_->wait_for_index());
  stop_index();
  const std::uint64_t before = end();
  // Several events in one commit, so that the guard may begin in its middle.
  test_commit several = event({"b"});
  several.events = {"1", "2", "3"};
  const std::uint64_t at = write(several);
  EXPECT_EQ(journal_->index().offset_taken(), 1U);
  EXPECT_FALSE(holds({{{.tags = {"a"}}}, 0}));
  EXPECT_TRUE(holds({{{.tags = {"a"}}}, 1}));
  EXPECT_FALSE(holds({{{.tags = {"b"}}}, before}));
  EXPECT_FALSE(holds({{{.tags = {"b"}}}, at - 1}));
  EXPECT_TRUE(holds({{{.tags = {"b"}}}, at}));
  EXPECT_TRUE(holds({{{.tags = {"c"}}}, 0}));
}

TEST_F(JournalGuard, HoldsTheWriterUpForABoundedTime) {
  (void)write(event({"b"}));
  stop_index();
  const test_commit many = [] {
    test_commit made = tests::commit_of(4'000);
    made.tags = {"many"};
    return made;
  }();
  for (int i = 0; i < 13; ++i)
    (void)write(many);
  const auto came = try_with({{{.tags = {"a"}}}, 0});
  ASSERT_FALSE(came);
  EXPECT_EQ(came.error().what, error::code::overloaded);
  EXPECT_GT(came.error().retry_after.count(), 0);
  // What is near its end is no matter.
  EXPECT_TRUE(holds({{{.tags = {"a"}}}, end() - 10}));
  // The next group begins anew.
  EXPECT_TRUE(holds({{{.tags = {"a"}}}, end() - 40'000}));
  EXPECT_TRUE(holds({{{.tags = {"a"}}}, end() - 40'000}));
}

TEST_F(JournalGuard, LooksAtAsManyEventsAsItMay) {
  for (int i = 0; i < 30; ++i)
    (void)write(event({"a"}));
  ASSERT_TRUE(journal_->wait_for_index());
  const append_guard what{{{.event_types = {"bank.opened"}, .tags = {"a"}}}, 0};
  std::uint64_t looks = 29;
  const auto too_many = journal_->look_for(what, looks);
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().what, error::code::too_large);
  looks = 31;
  const auto clear = journal_->look_for(what, looks);
  ASSERT_TRUE(clear);
  EXPECT_EQ(*clear, end());
  EXPECT_EQ(looks, 1U);
  // Events that say another word cost nothing.
  looks = 1;
  EXPECT_EQ(*journal_->look_for({{{.tags = {"c"}}}, 0}, looks), end());
}

TEST_F(JournalGuard, BeginsAtAPlaceThatThereIs) {
  (void)write(event({"a"}));
  const auto came = try_with({{{.tags = {"b"}}}, end() + 1});
  ASSERT_FALSE(came);
  EXPECT_EQ(came.error().what, error::code::bad_input);
}

TEST_F(JournalGuard, ThatIsBrokenLeavesNothingOpenWhenItsGroupFails) {
  (void)write(event({"z"}));
  probe_.hold_next();
  auto first = host_->submit({event({"z"})});
  ASSERT_TRUE(probe_.wait_until_held());
  auto plain = host_->submit({event({"a"})});
  const auto broken = submit(event({"a"}), {{{.tags = {"a"}}}, end()});
  const auto holds = submit(event({"b"}), {{{.tags = {"b"}}}, end()});
  // The group of two, not the one that is under way.
  probe_.fail_when([](auto events) { return events.size() == 2; },
                   {error::code::uncertain, "died"});
  probe_.release();
  EXPECT_TRUE(first.front()->wait());
  const auto plain_why = plain.front()->wait();
  ASSERT_FALSE(plain_why);
  const auto why = broken->reply.wait();
  ASSERT_FALSE(why);
  const auto other = holds->reply.wait();
  ASSERT_FALSE(other);
  EXPECT_EQ(plain_why.error().what, error::code::uncertain);
  EXPECT_EQ(other.error().what, error::code::uncertain);
  EXPECT_EQ(broken->verdict, false);
  EXPECT_EQ(holds->verdict, true);
  EXPECT_EQ(effect_of(why.error().what), error::effect::none) << describe(why.error());
}

TEST_F(JournalGuard, IsNotAskedAboutWhatIsRefusedAnyway) {
  (void)write(event({"z"}));
  probe_.reject_next();
  EXPECT_EQ(write(event({"z"})), 0U);
  // Decided before the failure.
  auto stale = std::make_unique<guarded>(append_guard{{{.tags = {"b"}}}, 0});
  auto one = std::make_unique<burst>(stale->origin, 1, journal_->writer().era() - 1);
  add_commit(*one, event({"b"}), nullptr);
  one->wait_for_commits(&stale->reply);
  one->guard_with(stale->guard, *stale);
  journal_->writer().submit(std::move(one));
  EXPECT_FALSE(stale->reply.wait());
  EXPECT_EQ(stale->verdict, std::nullopt);
}

/// Random events, groups and guards against a list in memory; now and then the index moves to disk,
/// and the journal is opened anew.
TEST_F(JournalGuard, AgreesWithAListOfAllEvents) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 dice{seed};
  const auto draw = [&dice](std::uint32_t below) {
    return static_cast<std::uint32_t>(dice() % below);
  };
  const std::vector<std::string> words{"a", "b", "c", "d", "e", "f"};
  struct stored_event {
    name_number type;
    std::vector<std::string> tags;
  };
  std::vector<stored_event> model;
  const auto is_meant_by = [](const event_pattern& what, const stored_event& one) {
    const auto in = [](const auto& list, const auto& word) {
      return std::find(list.begin(), list.end(), word) != list.end();
    };
    bool meant = what.event_types.empty() || in(what.event_types, tests::bank_names()[one.type]);
    for (const std::string& tag : what.tags)
      meant = meant && in(one.tags, tag);
    return meant;
  };
  const auto draw_event = [&] {
    test_commit made = tests::commit_of(1 + draw(3));
    made.event_type = static_cast<name_number>(1 + draw(2));
    for (std::uint32_t n = draw(3); n > 0; --n)
      made.tags.push_back(words[draw(6)]);
    return made;
  };
  const auto draw_pattern = [&] {
    event_pattern made;
    if (draw(3) == 0) made.event_types = {tests::bank_names()[1 + draw(2)]};
    for (std::uint32_t n = draw(3); n > 0; --n)
      made.tags.push_back(words[draw(6)]);
    return made;
  };
  int won = 0;
  int lost = 0;
  for (int round = 0; round < 150; ++round) {
    if (round % 40 == 39) open();
    const std::uint64_t durable = end();
    ASSERT_EQ(durable, model.size());
    std::vector<std::unique_ptr<guarded>> sent;
    std::vector<bool> expected;
    for (std::uint32_t n = 1 + draw(12); n > 0; --n) {
      const test_commit one = draw_event();
      append_guard guard{{draw_pattern()}, durable - std::min<std::uint64_t>(durable, draw(12))};
      if (draw(2) == 0) guard.none_of.push_back(draw_pattern());
      bool holds = true;
      for (std::size_t at = guard.after; at < model.size(); ++at) {
        for (const event_pattern& what : guard.none_of)
          holds = holds && !is_meant_by(what, model[at]);
      }
      if (draw(4) == 0) {
        guard.none_of.clear();
        holds = true;
      }
      expected.push_back(holds);
      for (std::size_t i = 0; holds && i < one.events.size(); ++i)
        model.push_back({one.event_type, one.tags});
      sent.push_back(submit(one, std::move(guard)));
    }
    for (std::size_t i = 0; i < sent.size(); ++i) {
      const auto came = sent[i]->reply.wait();
      ASSERT_EQ(came.has_value(), expected[i]) << "round " << round << ", burst " << i;
      ++(came ? won : lost);
    }
  }
  EXPECT_GT(won, 100);
  EXPECT_GT(lost, 100);
}

}  // namespace
}  // namespace cairn::persistence

#include "cairn/events.hpp"

#include "support/account.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

// Reading recorded events of all partitions, page by page.

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;

/// A second category, which shares no event with the accounts.
struct note {
  static constexpr std::string_view stable_name = "note";
  struct write {
    static constexpr std::string_view stable_name = "write";
    std::string text;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("text", text)); }
    bool operator==(const write&) const = default;
  };
  struct written {
    static constexpr std::string_view stable_name = "written";
    std::string text;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("text", text)); }
    bool operator==(const written&) const = default;
  };
  struct state {};
  enum class rejection : std::uint8_t { no };
  using command = std::variant<write>;
  using event = std::variant<written>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const write& wish) { return written{wish.text}; }
  static void evolve(state& /*now*/, const written& /*fact*/) {}
};

/// Where an event stands, for comparing.
std::vector<position> positions(const std::vector<recorded_event>& events) {
  std::vector<position> all;
  for (const recorded_event& one : events)
    all.push_back(one.position);
  return all;
}

class Events : public testing::TestWithParam<std::uint16_t> {
 protected:
  void SetUp() override {
    settings_ = tests::small_store(directory_.path());
    settings_.partitions = GetParam();
    settings_.index_flush_events = 20;
    start();
  }

  void start(bool with_notes = true) {
    app_.reset();
    builder parts{settings_};
    parts.add<account>();
    if (with_notes) parts.add<note>();
    auto started = parts.start();
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
  }

  /// Opens ten accounts with a tag each, and pays into each.
  void fill() {
    for (int i = 0; i < 10; ++i) {
      const std::string id = "a" + std::to_string(i);
      auto one = app_->aggregate<account>(id);
      ASSERT_TRUE(one.ask(open{id}, {.command_id = "open-" + id}).accepted());
      ASSERT_TRUE(one.ask(deposit{i + 1},
                          {.correlation_id = "open-" + id,
                           .causation_id = "open-" + id,
                           .tags = {i % 2 == 0 ? "even" : "odd"}})
                      .accepted());
      ASSERT_TRUE(app_->aggregate<note>("n" + std::to_string(i))
                      .ask(note::write{id}, {.tags = {"even", id}})
                      .accepted());
    }
  }

  event_page page(const event_query& query = {}) {
    auto found = app_->events(query);
    EXPECT_TRUE(found) << describe(found.error());
    return found ? *std::move(found) : event_page{};
  }
  /// All pages of a query, one after the other.
  std::vector<recorded_event> pages(event_query query) {
    std::vector<recorded_event> all;
    for (bool at_end = false; !at_end;) {
      event_page one = page(query);
      EXPECT_LE(one.events.size(), query.limit);
      at_end = one.at_end;
      std::move(one.events.begin(), one.events.end(), std::back_inserter(all));
      query.from = one.next;
      if (HasFailure()) break;
    }
    return all;
  }
  error::code refusal(const event_query& query) {
    const auto found = app_->events(query);
    EXPECT_FALSE(found);
    return found ? error::code{} : found.error().what;
  }

  tests::temporary_directory directory_;
  config settings_;
  std::optional<runtime> app_;
};

TEST_P(Events, AreNoneInAnEmptyStore) {
  for (const auto direction : {read_direction::forwards, read_direction::backwards}) {
    const event_page empty = page({.direction = direction});
    EXPECT_TRUE(empty.events.empty());
    EXPECT_TRUE(empty.at_end);
    EXPECT_EQ(empty.next, event_cursor{std::vector<std::uint64_t>(GetParam(), 0)});
  }
  EXPECT_TRUE(page({.tag = "x"}).at_end);
}

TEST_P(Events, ComeInTheOrderOfTimeAndPosition) {
  fill();
  const event_page all = page();
  EXPECT_TRUE(all.at_end);
  ASSERT_EQ(all.events.size(), 30U);
  EXPECT_TRUE(
      std::is_sorted(all.events.begin(), all.events.end(), [](const auto& a, const auto& b) {
        return std::tie(a.time, a.position) < std::tie(b.time, b.position);
      }));
  event_page reversed = page({.direction = read_direction::backwards});
  EXPECT_TRUE(reversed.at_end);
  std::reverse(reversed.events.begin(), reversed.events.end());
  EXPECT_EQ(positions(reversed.events), positions(all.events));
}

TEST_P(Events, CarryAllThatIsStoredBesideThem) {
  fill();
  const event_page found = page({.event_type = "deposited", .tag = "odd"});
  ASSERT_EQ(found.events.size(), 5U);
  const recorded_event& one = found.events[1];
  EXPECT_EQ(one.aggregate_type, "bank.account");
  EXPECT_EQ(one.aggregate_id, "a3");
  EXPECT_EQ(one.event_type, "deposited");
  EXPECT_EQ(one.version, version{2});
  EXPECT_EQ(one.causation_id, causation_id{"open-a3"});
  EXPECT_EQ(one.tags, std::vector<std::string>{"odd"});
  EXPECT_EQ(one.json, R"({"cents":4})");
}

TEST_P(Events, AreFoundByEverythingThatIsGiven) {
  fill();
  const auto check = [this] {
    EXPECT_EQ(page({.category = "bank.account"}).events.size(), 20U);
    EXPECT_EQ(page({.category = "note"}).events.size(), 10U);
    EXPECT_EQ(page({.event_type = "opened"}).events.size(), 10U);
    EXPECT_EQ(page({.tag = "even"}).events.size(), 15U);
    EXPECT_EQ(page({.category = "note", .tag = "even"}).events.size(), 10U);
    EXPECT_EQ(
        page({.category = "bank.account", .event_type = "opened", .tag = "even"}).events.size(),
        0U);
    EXPECT_EQ(page({.category = "note", .event_type = "opened"}).events.size(), 0U);
    EXPECT_EQ(page({.event_type = "deposited", .correlation_id = "open-a4"}).events.size(), 1U);
    EXPECT_EQ(page({.tag = "odd", .correlation_id = "open-a4"}).events.size(), 0U);
    EXPECT_TRUE(page({.category = "nothing of the kind"}).at_end);
  };
  check();
  start();
  check();
}

TEST_P(Events, OfARootCommandAreFoundByTheIdThatItsFollowersCarry) {
  fill();
  const event_page found = page({.correlation_id = "open-a7"});
  ASSERT_EQ(found.events.size(), 2U);
  EXPECT_EQ(found.events[0].event_type, "opened");
  EXPECT_EQ(found.events[0].correlation_id, correlation_id{"open-a7"});
  EXPECT_EQ(found.events[0].causation_id, causation_id{"open-a7"});
  EXPECT_EQ(found.events[1].event_type, "deposited");
  EXPECT_EQ(found.events[1].correlation_id, correlation_id{"open-a7"});
}

TEST_P(Events, ComePageByPageWithoutGapAndRepetition) {
  fill();
  for (const auto direction : {read_direction::forwards, read_direction::backwards}) {
    for (const std::string_view category : {"", "note"}) {
      event_query query{.category = std::string{category}, .direction = direction};
      const auto whole = positions(page(query).events);
      for (const std::uint32_t limit : {1U, 3U, 7U, 30U}) {
        query.limit = limit;
        EXPECT_EQ(positions(pages(query)), whole) << limit;
      }
    }
  }
}

TEST_P(Events, GoOnFromACursorThatTravelledAsText) {
  fill();
  const event_page first = page({.tag = "even", .limit = 4});
  start();
  const auto cursor = event_cursor::parse(first.next.text());
  ASSERT_TRUE(cursor) << describe(cursor.error());
  EXPECT_EQ(*cursor, first.next);
  const event_page rest = page({.tag = "even", .from = *cursor});
  const event_page whole = page({.tag = "even"});
  auto together = positions(first.events);
  for (const position each : positions(rest.events))
    together.push_back(each);
  EXPECT_EQ(together, positions(whole.events));
}

TEST_P(Events, TurnAroundAtACursor) {
  fill();
  const event_page first = page({.limit = 12});
  event_page back = page({.direction = read_direction::backwards, .from = first.next});
  std::reverse(back.events.begin(), back.events.end());
  EXPECT_EQ(positions(back.events), positions(first.events));
}

TEST_P(Events, BeginWithTheOneAtAPosition) {
  fill();
  const auto all = positions(page().events);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(positions(page({.from = all[i]}).events),
              std::vector<position>(all.begin() + std::ptrdiff_t(i), all.end()));
    auto back = positions(page({.direction = read_direction::backwards, .from = all[i]}).events);
    std::reverse(back.begin(), back.end());
    EXPECT_EQ(back, std::vector<position>(all.begin(), all.begin() + std::ptrdiff_t(i) + 1));
  }
}

TEST_P(Events, ThatCameLaterAreOnTheNextPage) {
  fill();
  const event_page before = page();
  ASSERT_TRUE(before.at_end);
  EXPECT_TRUE(page({.from = before.next}).events.empty());
  const auto out = app_->aggregate<account>("a1").ask(deposit{7});
  ASSERT_TRUE(out.accepted());
  const event_page after = page({.from = before.next});
  ASSERT_EQ(after.events.size(), 1U);
  EXPECT_EQ(after.events[0].position, out.accepted()->position);
}

TEST_P(Events, OfATypeThatTheProgramHasNotAreShownWithoutTheirFields) {
  fill();
  start(false);
  const event_page found = page({.category = "note"});
  ASSERT_EQ(found.events.size(), 10U);
  EXPECT_EQ(found.events[0].json, "null");
  EXPECT_EQ(found.events[0].aggregate_id, "n0");
}

TEST_P(Events, AreEachSeenOnceWhileOthersAreRecorded) {
  constexpr int rounds = 150;
  std::atomic<bool> done{false};
  std::thread writer{[this, &done] {
    for (int i = 0; i < rounds; ++i) {
      (void)app_->aggregate<note>("n" + std::to_string(i % 7))
          .ask(note::write{"x"}, {.tags = {i % 3 == 0 ? "third" : "other"}});
    }
    done.store(true);
  }};
  std::set<position> seen;
  std::size_t events = 0;
  event_query query{.tag = "third", .limit = 5};
  for (bool last = false; !last;) {
    last = done.load();
    const event_page one = page(query);
    for (const position each : positions(one.events))
      seen.insert(each);
    events += one.events.size();
    query.from = one.next;
    last = last && one.at_end;
    if (HasFailure()) break;
  }
  writer.join();
  EXPECT_EQ(seen.size(), std::size_t{rounds / 3});
  EXPECT_EQ(events, seen.size());
}

TEST_P(Events, AreEachFoundByTheirPosition) {
  fill();
  const auto page = app_->events({});
  ASSERT_TRUE(page);
  for (const recorded_event& one : page->events) {
    const auto found = app_->event(one.position);
    ASSERT_TRUE(found) << describe(found.error());
    EXPECT_EQ(found->position, one.position);
    EXPECT_EQ(found->aggregate_id, one.aggregate_id);
    EXPECT_EQ(found->json, one.json);
    EXPECT_EQ(found->tags, one.tags);
  }
}

TEST_P(Events, ThatAreNotThereOrHiddenAreNotFound) {
  fill();
  const auto code_at = [this](std::uint16_t partition, std::uint64_t offset) {
    const auto found = app_->event({partition_id{partition}, offset});
    return found ? std::nullopt : std::optional{found.error().what};
  };
  EXPECT_EQ(code_at(0, 0), error::code::not_found);
  EXPECT_EQ(code_at(0, 1'000'000), error::code::not_found);
  EXPECT_EQ(code_at(GetParam(), 1), error::code::bad_input);
  const recorded_event first = app_->events({})->events.front();
  const auto one = app_->aggregate<account>(aggregate_id{first.aggregate_id});
  ASSERT_TRUE(app_->event(first.position));
  ASSERT_TRUE(one.truncate_before(version{2}).accepted());
  EXPECT_EQ(code_at(first.position.partition.value, first.position.offset), error::code::not_found);
}

TEST_P(Events, AreRefusedWhenTheQueryBreaksARule) {
  fill();
  EXPECT_EQ(refusal({.limit = 0}), error::code::bad_input);
  EXPECT_EQ(refusal({.limit = event_page_max + 1}), error::code::bad_input);
  EXPECT_EQ(refusal({.category = std::string(101, 'x')}), error::code::bad_input);
  EXPECT_EQ(refusal({.event_type = std::string(101, 'x')}), error::code::bad_input);
  EXPECT_EQ(refusal({.tag = std::string(129, 'x')}), error::code::bad_input);
  EXPECT_EQ(refusal({.correlation_id = std::string(129, 'x')}), error::code::bad_input);
  const event_cursor of_others{std::vector<std::uint64_t>(GetParam() + 1U, 0)};
  EXPECT_EQ(refusal({.from = of_others}), error::code::bad_input);
  EXPECT_EQ(refusal({.from = position{{GetParam()}, 1}}), error::code::bad_input);
  EXPECT_EQ(refusal({.from = position{{0}, 1000}}), error::code::bad_input);
  ASSERT_TRUE(app_->stop());
  EXPECT_EQ(refusal({}), error::code::shutting_down);
}

TEST_P(Events, OfAnyCursorAreHarmless) {
  fill();
  const event_cursor beyond{std::vector<std::uint64_t>(GetParam(), UINT64_MAX)};
  EXPECT_TRUE(page({.from = beyond}).events.empty());
  EXPECT_EQ(page({.direction = read_direction::backwards, .from = beyond}).events.size(), 30U);
}

INSTANTIATE_TEST_SUITE_P(Partitions, Events, testing::Values(1, 4));

TEST(EventCursor, IsReadBackFromItsText) {
  EXPECT_EQ(event_cursor{}.text(), "");
  EXPECT_EQ((event_cursor{{12, 0, UINT64_MAX}}).text(), "12.0.18446744073709551615");
  for (const event_cursor& one : {event_cursor{}, event_cursor{{7}}, event_cursor{{1, 0, 99}}})
    EXPECT_EQ(*event_cursor::parse(one.text()), one);
}

TEST(EventCursor, IsRefusedWhenItsTextIsSomethingElse) {
  for (const std::string_view text :
       {".", "1.", ".1", "1..2", "x", "1,2", "-1", "+1", " 1", "1 ", "18446744073709551616"}) {
    const auto parsed = event_cursor::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().what, error::code::bad_input);
  }
}

TEST(EventsInMemory, AreFoundLikeOnDisk) {
  config settings;
  settings.in_memory = true;
  settings.partitions = 3;
  auto app = *builder{settings}.add<note>().start();
  for (int i = 0; i < 20; ++i) {
    const std::string id = std::to_string(i);
    ASSERT_TRUE(app.aggregate<note>(id).ask(note::write{id}, {.tags = {"t"}}).accepted());
  }
  const auto found = app.events({.tag = "t", .direction = read_direction::backwards, .limit = 4});
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->events.size(), 4U);
  EXPECT_FALSE(found->at_end);
  const auto rest = app.events(
      {.tag = "t", .direction = read_direction::backwards, .from = found->next, .limit = 100});
  EXPECT_EQ(rest->events.size(), 16U);
  EXPECT_TRUE(rest->at_end);
}

// The word that leads the way may be said by many events of which few say the other one: the work
// for a page has a bound, and pages without events lead on to those with some.
TEST(EventsInMemory, AreLookedForInBoundedSteps) {
  config settings;
  settings.in_memory = true;
  settings.partitions = 2;
  auto app = *builder{settings}.add<note>().start();
  constexpr std::size_t count = 150'000;
  std::vector<addressed<note>> wishes;
  for (std::size_t i = 0; i < count; ++i) {
    ask_options options{.correlation_id = "import"};
    if (i == 0 || i + 1 == count) options.tags = {"border"};
    wishes.push_back({"n" + std::to_string(i % 1000), note::write{"x"}, options});
  }
  for (const auto& out : app.ask_many<note>(std::move(wishes)))
    ASSERT_TRUE(out.accepted());
  std::size_t events = 0;
  std::size_t pages_that_are_not_full = 0;
  event_query query{.tag = "border", .correlation_id = "import"};
  for (bool at_end = false; !at_end && pages_that_are_not_full < 9; ++pages_that_are_not_full) {
    const auto page = app.events(query);
    ASSERT_TRUE(page) << describe(page.error());
    events += page->events.size();
    query.from = page->next;
    at_end = page->at_end;
  }
  EXPECT_EQ(events, 2U);
  EXPECT_EQ(pages_that_are_not_full, 2U);
}

class History : public testing::Test {
 protected:
  History() {
    config settings;
    settings.in_memory = true;
    app_.emplace(*builder{settings}.add<account>().start());
    auto ann = app_->aggregate<account>("ann");
    EXPECT_TRUE(ann.ask(open{"ann"}).accepted());
    for (int i = 2; i <= 10; ++i)
      EXPECT_TRUE(ann.ask(deposit{i}).accepted());
  }
  static std::vector<std::uint64_t> versions(const result<std::vector<recorded_event>>& found) {
    std::vector<std::uint64_t> all;
    EXPECT_TRUE(found) << describe(found.error());
    for (const recorded_event& one : *found)
      all.push_back(one.version.value);
    return all;
  }

  std::optional<runtime> app_;
};

TEST_F(History, ComesInEitherDirectionAndNotBeyondItsLimit) {
  using numbers = std::vector<std::uint64_t>;
  const auto ann = app_->aggregate<account>("ann");
  EXPECT_EQ(versions(ann.history({8})), (numbers{9, 10}));
  EXPECT_EQ(versions(ann.history({2}, {4})), (numbers{3, 4}));
  EXPECT_EQ(versions(ann.history({.limit = 2})), (numbers{1, 2}));
  EXPECT_EQ(versions(ann.history({.after = {3}, .limit = 2})), (numbers{4, 5}));
  const auto back = read_direction::backwards;
  EXPECT_EQ(versions(ann.history({.direction = back, .limit = 3})), (numbers{10, 9, 8}));
  EXPECT_EQ(versions(ann.history({.direction = back, .after = {1}, .up_to = {4}})),
            (numbers{4, 3, 2}));
  EXPECT_EQ(versions(app_->aggregate<account>("eve").history({.direction = back})), numbers{});
  EXPECT_EQ(ann.history({.limit = 0}).error().what, error::code::bad_input);
}

}  // namespace
}  // namespace cairn

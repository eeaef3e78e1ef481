#include "cairn/event_search.hpp"

#include "support/account.hpp"
#include "support/running.hpp"

#include "cairn/sqlite.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// Searching what has been recorded, from what a user types to the events in the journal.

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using words = std::vector<std::string>;

/// A second type, whose events have fields of several kinds.
struct letter {
  static constexpr std::string_view stable_name = "post.letter";
  struct content {
    std::string subject;
    words lines;
    std::int64_t stamps = 0;
    bool express = false;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar,
             field("subject", subject),
             field("lines", lines),
             field("stamps", stamps),
             field("express", express));
    }
    bool operator==(const content&) const = default;
  };
  struct send : content {
    static constexpr std::string_view stable_name = "send";
  };
  struct sent : content {
    static constexpr std::string_view stable_name = "letter.sent";
  };
  struct state {};
  enum class rejection : std::uint8_t { no };
  using command = std::variant<send>;
  using event = std::variant<sent>;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const send& wish) { return sent{wish}; }
  static void evolve(state& /*now*/, const sent& /*fact*/) {}
};

class EventSearch : public tests::running {
 protected:
  EventSearch() {
    with = [this](builder& parts) {
      parts.add<account>().add<letter>().add_read_model<event_search>(
          {.stored_in = sqlite::folder(directory.path() / "views")});
    };
  }

  void open_account(const std::string& id, ask_options options = {}) {
    const auto out = app->aggregate<account>(aggregate_id{id}).ask(open{id}, std::move(options));
    ASSERT_TRUE(out.accepted());
    last_ = out.accepted()->position;
  }
  void post(const std::string& id, letter::content what, ask_options options = {}) {
    const auto out = app->aggregate<letter>(aggregate_id{id})
                         .ask(letter::send{std::move(what)}, std::move(options));
    ASSERT_TRUE(out.accepted());
    last_ = out.accepted()->position;
  }

  /// "type/id version" of each event that is found, the newest first, with what was recorded last.
  words find(std::string_view text, search_options options = {}) {
    options.read.caught_up = true;
    const auto page = search(*app, text, options);
    if (!page) return {describe(page.error())};
    words found;
    for (const recorded_event& one : page->events)
      found.push_back(one.aggregate_type + "/" + one.aggregate_id + " " +
                      std::to_string(one.version.value));
    return found;
  }

  position last_;
};

TEST_F(EventSearch, FindsWordsInFieldsHoweverDeepTheyStand) {
  start();
  post("1", {"About your refund", {"Dear Ann,", "it is on its way"}, 3});
  post("2", {"Greetings", {"nothing else"}, 77, true});
  EXPECT_EQ(find("refund"), words{"post.letter/1 1"});
  EXPECT_EQ(find("REFUND dear"), words{"post.letter/1 1"});
  EXPECT_EQ(find("\"on its way\""), words{"post.letter/1 1"});
  EXPECT_EQ(find("\"way its\""), words{});
  EXPECT_EQ(find("77"), words{"post.letter/2 1"}) << "numbers are words";
  EXPECT_EQ(find("\"express true\""), words{"post.letter/2 1"}) << "as they are in JSON";
  EXPECT_EQ(find("express false"), words{"post.letter/1 1"});
  EXPECT_EQ(find("express 0"), words{});
  EXPECT_EQ(find("greet*"), words{"post.letter/2 1"});
  EXPECT_EQ(find("greet"), words{});
  EXPECT_EQ(find("stamps"), (words{"post.letter/2 1", "post.letter/1 1"})) << "names of fields too";
}

TEST_F(EventSearch, FindsLettersOfAllLanguagesAndWhatIsEscapedInJson) {
  start();
  post("1", {"Crème brûlée", {"first\nsecond\tthird", "he said \"so\""}, 0});
  EXPECT_EQ(find("creme"), words{"post.letter/1 1"});
  EXPECT_EQ(find("BRÛLÉE"), words{"post.letter/1 1"});
  EXPECT_EQ(find("second third"), words{"post.letter/1 1"});
  EXPECT_EQ(find("\"said \"\"so\"\"\""), words{"post.letter/1 1"});
  EXPECT_EQ(find("nsecond"), words{});
}

TEST_F(EventSearch, FindsWhatStandsBesideAnEvent) {
  start();
  open_account("ann", {.command_id = "c-1", .correlation_id = "trip-7", .principal = "clerk 9"});
  post("1", {"refund", {}, 0}, {.principal = "Bob", .tags = {"vip", "order:17"}});
  EXPECT_EQ(find("type:opened"), words{"bank.account/ann 1"});
  EXPECT_EQ(find("refund AND type:letter.*"), words{"post.letter/1 1"});
  EXPECT_EQ(find("type:post.letter.letter.sent"), words{"post.letter/1 1"});
  EXPECT_EQ(find("type:letter"), words{}) << "a whole name, or with a star";
  EXPECT_EQ(find("aggregate:bank.account/ann"), words{"bank.account/ann 1"});
  EXPECT_EQ(find("aggregate:bank.*"), words{"bank.account/ann 1"});
  EXPECT_EQ(find("aggregate:ann"), words{"bank.account/ann 1"});
  EXPECT_EQ(find("principal:\"clerk 9\""), words{"bank.account/ann 1"});
  EXPECT_EQ(find("principal:B*"), words{"post.letter/1 1"});
  EXPECT_EQ(find("tag:order:17"), words{"post.letter/1 1"});
  EXPECT_EQ(find("tag:order"), words{});
  EXPECT_EQ(find("correlation:trip-7"), words{"bank.account/ann 1"});
  EXPECT_EQ(find("command:c-1"), words{"bank.account/ann 1"});
  EXPECT_EQ(find("vip"), words{"post.letter/1 1"}) << "plain words find it, too";
}

TEST_F(EventSearch, JoinsAndExcludes) {
  start();
  post("1", {"red apple", {}, 0});
  post("2", {"green apple", {}, 0});
  post("3", {"red pear", {}, 0});
  EXPECT_EQ(find("apple NOT red"), words{"post.letter/2 1"});
  EXPECT_EQ(find("-apple type:letter.sent"), words{"post.letter/3 1"});
  EXPECT_EQ(find("(green OR pear) AND type:letter.sent"),
            (words{"post.letter/3 1", "post.letter/2 1"}));
  EXPECT_EQ(find("apple OR principal:nobody"), (words{"post.letter/2 1", "post.letter/1 1"}));
}

TEST_F(EventSearch, FindsWhatHasNothingOfAKindWhenOneOfThatKindIsExcluded) {
  start();
  open_account("ann", {.command_id = "c-1", .correlation_id = "trip-7", .principal = "clerk"});
  post("1", {"refund", {}, 0});
  const words others{"post.letter/1 1"};
  EXPECT_EQ(find("NOT principal:clerk"), others);
  EXPECT_EQ(find("-principal:cl*"), others);
  EXPECT_EQ(find("-correlation:trip-7"), others);
  EXPECT_EQ(find("-command:c-1"), others);
  EXPECT_EQ(find("NOT (principal:clerk OR principal:boss)"), others);
  EXPECT_EQ(find("refund NOT (principal:clerk AND refund)"), others);
  EXPECT_EQ(find("NOT NOT principal:clerk"), words{"bank.account/ann 1"});
}

TEST_F(EventSearch, KnowsWhenEventsWereRecorded) {
  start();
  open_account("ann");
  EXPECT_EQ(find("after:2020-01-01"), words{"bank.account/ann 1"});
  EXPECT_EQ(find("before:2020-01-01"), words{});
  EXPECT_EQ(find("after:2020-01-01 before:2999-12-31T23:59"), words{"bank.account/ann 1"});
}

TEST_F(EventSearch, ComesPageByPageFromTheNewestOn) {
  start();
  for (int i = 1; i <= 7; ++i)
    post("1", {"same", {}, 0});
  words seen;
  search_options options{.limit = 3};
  for (;;) {
    options.read.caught_up = true;
    const auto page = search(*app, "same", options);
    ASSERT_TRUE(page) << describe(page.error());
    for (const recorded_event& one : page->events)
      seen.push_back(std::to_string(one.version.value));
    if (page->at_end) break;
    options.from = page->next;
  }
  EXPECT_EQ(seen, (words{"7", "6", "5", "4", "3", "2", "1"}));
}

TEST_F(EventSearch, ShowsOnesOwnWrites) {
  start();
  for (int i = 0; i < 20; ++i) {
    post(std::to_string(i), {"number" + std::to_string(i), {}, 0});
    const auto page = search(*app, "number" + std::to_string(i), {.read = {.at_least = last_}});
    ASSERT_TRUE(page) << describe(page.error());
    EXPECT_EQ(page->events.size(), 1U);
  }
}

TEST_F(EventSearch, DoesNotShowWhatIsHidden) {
  start();
  post("1", {"same", {}, 0});
  post("1", {"same", {}, 0});
  ASSERT_TRUE(app->aggregate<letter>("1").truncate_before(version{2}).accepted());
  EXPECT_EQ(find("same"), words{"post.letter/1 2"});
}

TEST_F(EventSearch, FindsTheSameAfterARestartAndWhenItIsBuiltAnew) {
  start();
  open_account("ann", {.tags = {"vip"}});
  post("1", {"refund", {}, 0});
  const auto all = [this] {
    return std::pair{find("after:2020-01-01"), find("tag:vip OR refund")};
  };
  const auto before = all();
  EXPECT_EQ(before.first.size(), 2U);
  EXPECT_EQ(before.second.size(), 2U);
  restart();
  EXPECT_EQ(all(), before);
  ASSERT_TRUE(app->read_model<event_search>().reset());
  EXPECT_EQ(all(), before);
  post("2", {"refund", {}, 0});
  EXPECT_EQ(find("refund"), (words{"post.letter/2 1", "post.letter/1 1"}));
}

TEST_F(EventSearch, FindsEventsOfTypesThatTheProgramHasForgotten) {
  start();
  post("1", {"refund", {}, 0});
  stop();
  with = [this](builder& parts) {
    parts.add<account>().add_read_model<event_search>(
        {.stored_in = sqlite::folder(directory.path() / "other views")});
  };
  start();
  EXPECT_EQ(find("type:letter.sent"), words{"post.letter/1 1"});
  EXPECT_EQ(find("refund"), words{}) << "its fields cannot be read";
}

TEST_F(EventSearch, GathersAllPartitions) {
  settings.partitions = 3;
  start();
  for (int i = 0; i < 12; ++i)
    open_account("a" + std::to_string(i));
  EXPECT_EQ(find("type:opened").size(), 12U);
}

TEST_F(EventSearch, SaysWhatIsWrongWithASearch) {
  start();
  EXPECT_EQ(search(*app, "(a").error().what, error::code::bad_input);
  EXPECT_EQ(search(*app, "").error().what, error::code::bad_input);
  EXPECT_EQ(search(*app, "after:soon").error().what, error::code::bad_input);
  EXPECT_EQ(search(*app, "a", {.limit = 0}).error().what, error::code::bad_input);
  EXPECT_EQ(search(*app, "a", {.limit = search_limit_max + 1}).error().what,
            error::code::bad_input);
}

TEST_F(EventSearch, TakesAnyTextWithoutHarm) {
  start();
  post("1", {"quote ' and \" and * and :", {}, 0});
  for (const auto* text : {"'",
                           "\"'\"",
                           "''';",
                           "a:b:c",
                           "^a",
                           "{a}",
                           "a + b",
                           "NEAR(a b)",
                           "a\\b",
                           "%",
                           "_",
                           "\"\"\"\"",
                           "words:a",
                           "col : a",
                           "\xff\xfe"}) {
    const auto page = search(*app, text);
    if (!page) {
      EXPECT_EQ(page.error().what, error::code::bad_input) << text;
    }
  }
  EXPECT_EQ(find("quote"), words{"post.letter/1 1"}) << "all is still there";
}

TEST(EventSearchElsewhere, IsRefusedWhereThereIsNoSql) {
  const tests::temporary_directory directory;
  const auto app = builder{tests::small_store(directory.path())}
                       .add<account>()
                       .add_read_model<event_search>()
                       .start();
  ASSERT_FALSE(app);
  EXPECT_EQ(app.error().what, error::code::bad_config);
}

}  // namespace
}  // namespace cairn

#include "support/account.hpp"
#include "support/counter.hpp"
#include "support/ledger_versions.hpp"
#include "support/running.hpp"

#include "cairn/testing/read_model_kit.hpp"

#include <stdexcept>

// Read models that take every event, whatever it is.

namespace cairn::tests {
namespace {

using bank::account;
using counting::counter;
using words = std::vector<std::string>;

/// "type/id@version name json", and what is beside it.
std::string line_of(const recorded_event& fact) {
  std::string line = fact.aggregate_type + "/" + fact.aggregate_id + "@" +
                     std::to_string(fact.version.value) + " " + fact.event_type + " " + fact.json;
  if (!fact.command_id.empty()) line += " " + fact.command_id.text();
  if (!fact.principal.empty()) line += " by " + fact.principal.text();
  for (const std::string& tag : fact.tags)
    line += " #" + tag;
  for (const auto& [key, value] : fact.metadata)
    line.append(" ").append(key).append("=").append(value);
  return line;
}

struct all_lines {
  using answer = words;
};

/// Every event as a line, in memory.
struct diary {
  static constexpr std::string_view stable_name = "test.diary";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<every_event>;
  struct state {
    words lines;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("lines", lines)); }
  };
  static void apply(state& now, const recorded_event& fact) { now.lines.push_back(line_of(fact)); }
  static words query(const state& now, const all_lines& /*question*/) { return now.lines; }
};

/// The same on disk, by position; emits each line.
struct ledger_book {
  static constexpr std::string_view stable_name = "test.ledger_book";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<every_event>;
  struct tables {
    table<std::pair<std::uint16_t, std::uint64_t>, std::string> lines;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("lines", lines)); }
  };
  struct written {
    std::string line;
  };
  using updates = std::variant<written>;
  static void apply(tables& now, const recorded_event& fact, const applying& around) {
    now.lines.put({fact.position.partition.value, fact.position.offset}, line_of(fact));
    around.emit(written{line_of(fact)});
  }
  static words query(const tables& now, const all_lines& /*question*/) {
    words lines;
    now.lines.each([&](const auto& /*at*/, const std::string& line) { lines.push_back(line); });
    return lines;
  }
};

/// Takes what is tagged, and dislikes some of it.
struct choosy : ledger_book {
  static constexpr std::string_view stable_name = "test.choosy";
  static bool wants(const event_metadata& meta) { return meta.has_tag("urgent"); }
  static std::string sequence_key(const event_metadata& meta) {
    return std::string{meta.correlation_id};
  }
  static void apply(tables& now, const recorded_event& fact, const applying& around) {
    if (fact.json.find("13") != std::string::npos) throw std::runtime_error{"bad luck"};
    ledger_book::apply(now, fact, around);
  }
};

/// A program that has forgotten most of what `then::ledger` wrote.
struct forgetful_ledger {
  static constexpr std::string_view stable_name = "test.ledger";
  struct state {};
  enum class rejection : std::uint8_t { none };
  using event = std::variant<now::credited>;
  using command = event;
  using decision = cairn::decision<event, rejection>;
  static decision decide(const state& /*now*/, const now::credited& fact) { return fact; }
  static void evolve(state& /*now*/, const now::credited& /*fact*/) {}
};

class EveryEvent : public running {
 protected:
  EveryEvent() {
    with = [](builder& parts) {
      parts.add<account>()
          .add<counter>({.codec = event_codec::json})
          .add_read_model<diary>()
          .add_read_model<ledger_book>()
          .add_read_model<choosy>({.attempts = 1, .on_failure = failure_policy::park});
    };
  }

  template <class M> words lines() {
    const auto told = app->read<M>({.caught_up = true}).ask(all_lines{});
    EXPECT_TRUE(told) << describe(told.error());
    return told ? *told : words{};
  }
};

const words three_lines{R"(bank.account/ann@1 opened {"owner":"Ann"} c-1 by teller from=hall)",
                        R"(counter/one@1 added {"amount":4} #urgent)",
                        R"(bank.account/ann@2 deposited {"cents":5})"};

TEST_F(EveryEvent, OfAllTypesComesWithAllThatIsStoredOfIt) {
  start();
  auto ann = app->aggregate<account>("ann");
  ASSERT_TRUE(ann.ask(bank::open{"Ann"},
                      {.command_id = "c-1", .principal = "teller", .metadata = {{"from", "hall"}}})
                  .accepted());
  ASSERT_TRUE(
      app->aggregate<counter>("one").ask(counting::add{4}, {.tags = {"urgent"}}).accepted());
  ASSERT_TRUE(ann.ask(bank::deposit{5}).accepted());
  EXPECT_EQ(lines<diary>(), three_lines);
  EXPECT_EQ(lines<ledger_book>(), three_lines);
  restart();
  EXPECT_EQ(lines<diary>(), three_lines);
  EXPECT_EQ(lines<ledger_book>(), three_lines);
  ASSERT_TRUE(app->read_model<ledger_book>().reset());
  EXPECT_EQ(lines<ledger_book>(), three_lines);
}

TEST_F(EveryEvent, IsThatWhichARuntimeShows) {
  static std::vector<recorded_event> seen;
  struct collector : diary {
    static void apply(state& /*now*/, const recorded_event& fact) { seen.push_back(fact); }
  };
  with = [](builder& parts) {
    parts.add<account>().add_read_model<collector>();
  };
  start();
  ASSERT_TRUE(app->aggregate<account>("ann")
                  .ask(bank::open{"Ann"}, {.correlation_id = "r", .causation_id = "q"})
                  .accepted());
  (void)lines<collector>();
  const auto shown = app->events({});
  ASSERT_EQ(seen.size(), 1U);
  ASSERT_EQ(shown->events.size(), 1U);
  const recorded_event& other = shown->events[0];
  EXPECT_EQ(seen[0].position, other.position);
  EXPECT_EQ(seen[0].time, other.time);
  EXPECT_EQ(seen[0].correlation_id, other.correlation_id);
  EXPECT_EQ(seen[0].causation_id, other.causation_id);
  EXPECT_EQ(seen[0].json, other.json);
  EXPECT_EQ(seen[0].payload, other.payload);
  EXPECT_EQ(decode<bank::opened>(other.payload)->owner, "Ann");
}

TEST_F(EveryEvent, IsWatchedAndPausedLikeAnyOther) {
  start();
  auto watched = app->watch<ledger_book>(all_lines{});
  ASSERT_TRUE(watched) << describe(watched.error());
  ASSERT_TRUE(app->aggregate<counter>("one").ask(counting::add{4}).accepted());
  auto news = watched->next(std::chrono::seconds{60});
  ASSERT_TRUE(news && *news);
  EXPECT_EQ(std::get<ledger_book::written>(*(*news)->update).line,
            R"(counter/one@1 added {"amount":4})");
  ASSERT_TRUE(app->read_model("test.ledger_book").pause());
  ASSERT_TRUE(app->aggregate<counter>("one").ask(counting::add{5}).accepted());
  EXPECT_EQ(app->read<ledger_book>().ask(all_lines{})->size(), 1U);
  ASSERT_TRUE(app->read_model("test.ledger_book").resume());
  EXPECT_EQ(lines<ledger_book>().size(), 2U);
}

TEST_F(EveryEvent, IsFilteredAndParkedByItsMetadata) {
  start();
  const auto add = [this](std::int64_t amount, std::string request) {
    const auto out = app->aggregate<counter>("one").ask(
        counting::add_all{{amount}},
        {.correlation_id = cairn::correlation_id{std::move(request)}, .tags = {"urgent"}});
    EXPECT_TRUE(out.accepted());
  };
  ASSERT_TRUE(app->aggregate<counter>("one").ask(counting::add{4}).accepted());
  add(130, "a");
  add(5, "a");
  add(6, "b");
  EXPECT_EQ(lines<choosy>(), words{R"(counter/one@4 added {"amount":6} #urgent)"});
  const auto keys = app->read_model<choosy>().dead_letter_keys();
  ASSERT_TRUE(keys && keys->size() == 1U);
  EXPECT_EQ((*keys)[0].sequence_key, "a");
  EXPECT_EQ((*keys)[0].letters, 2U);
}

TEST_F(EveryEvent, ComesAlsoWhenItsNameIsForgottenOrAFormerOne) {
  with = [](builder& parts) {
    parts.add<then::ledger>().add_read_model<diary>();
  };
  start();
  for (const then::ledger::event& fact :
       std::vector<then::ledger::event>{then::paid_in{5}, then::mused{"hm"}}) {
    ASSERT_TRUE(app->aggregate<then::ledger>("ann").ask(fact).accepted());
  }
  stop();
  with = [](builder& parts) {
    parts.add<forgetful_ledger>().add_read_model<ledger_book>();
  };
  start();
  EXPECT_EQ(lines<ledger_book>(),
            (words{R"(test.ledger/ann@1 paid_in {"cents":5})", "test.ledger/ann@2 mused null"}));
}

TEST_F(EveryEvent, ComesAlsoWhenItsAggregateTypeWasNotAdded) {
  static std::vector<std::byte> bytes;
  struct collector : ledger_book {
    static void apply(tables& now, const recorded_event& fact) {
      now.lines.put({0, fact.position.offset}, line_of(fact));
      bytes = fact.payload;
    }
  };
  with = [](builder& parts) {
    parts.add<account>();
  };
  start();
  ASSERT_TRUE(app->aggregate<account>("ann").ask(bank::open{"Ann"}).accepted());
  stop();
  with = [](builder& parts) {
    parts.add<counter>().add_read_model<collector>();
  };
  start();
  EXPECT_EQ(lines<collector>(), words{"bank.account/ann@1 opened null"});
  EXPECT_EQ(decode<bank::opened>(bytes)->owner, "Ann");
}

/// What a later program wrote cannot be read.
TEST_F(EveryEvent, OfANewerFormatStopsTheModel) {
  with = [](builder& parts) {
    parts.add<now::ledger>();
  };
  start();
  ASSERT_TRUE(app->aggregate<now::ledger>("ann").ask(now::opened{"Ann"}).accepted());
  stop();
  with = [](builder& parts) {
    parts.add<then::ledger>().add_read_model<ledger_book>({.attempts = 1});
  };
  start();
  const auto told = app->read<ledger_book>({.caught_up = true}).ask(all_lines{});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().what, error::code::stopped);
  EXPECT_NE(told.error().detail.find("newer_format"), std::string::npos) << told.error().detail;
}

TEST(EveryEventKit, FeedsAModelOfEveryEvent) {
  testing::read_model_kit<diary> kit;
  kit.given<account>("ann", bank::opened{"Ann"}).given<counter>("one", counting::added{4});
  ASSERT_TRUE(kit.run());
  kit.expect(
      all_lines{},
      words{R"(bank.account/ann@1 opened {"owner":"Ann"})", R"(counter/one@1 added {"amount":4})"});
}

}  // namespace
}  // namespace cairn::tests

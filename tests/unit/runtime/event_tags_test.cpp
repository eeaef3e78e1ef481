#include "support/running.hpp"

#include "cairn/cairn.hpp"
#include "cairn/testing/aggregate_kit.hpp"

#include <atomic>
#include <stdexcept>

namespace cairn {
namespace {

using words = std::vector<std::string>;

/// A tank of 100 litres, whose events say how full it is afterwards.
struct tank {
  static constexpr std::string_view stable_name = "test.tank";
  struct poured {
    static constexpr std::string_view stable_name = "poured";
    std::int64_t litres = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("litres", litres)); }
    bool operator==(const poured&) const = default;
  };
  struct pour {
    static constexpr std::string_view stable_name = "pour";
    std::vector<std::int64_t> litres;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("litres", litres)); }
    bool operator==(const pour&) const = default;
  };
  struct state {
    std::int64_t litres = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("litres", litres)); }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { negative };
  using command = std::variant<pour>;
  using event = std::variant<poured>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const pour& wish) {
    std::vector<event> facts;
    for (const std::int64_t litres : wish.litres) {
      if (litres < 0) return rejection::negative;
      facts.emplace_back(poured{litres});
    }
    return facts;
  }
  static void evolve(state& now, const poured& fact) { now.litres += fact.litres; }
  static std::vector<std::string> tags_of(const state& after, const event& fact) {
    ++asked;
    const std::int64_t litres = std::get<poured>(fact).litres;
    if (litres == 13) throw std::runtime_error{"unlucky"};
    if (litres == 14) return {std::string(129, 'x')};
    if (after.litres >= 100) return {"full", "alert"};
    if (after.litres >= 50) return {"half"};
    return {};
  }
  static inline std::atomic<int> asked{0};
};

using tests::running;

/// Writes down version and tags.
struct logbook {
  static constexpr std::string_view stable_name = "test.logbook";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<tank>>;
  struct state {
    words lines;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("lines", lines)); }
  };
  static void apply(state& now, const recorded<tank::poured>& fact) {
    std::string line = std::to_string(fact.meta.version.value);
    for (const std::string_view tag : fact.meta.tags)
      line.append(" ").append(tag);
    now.lines.push_back(std::move(line));
  }
  struct all {
    using answer = words;
  };
  static words query(const state& now, const all& /*question*/) { return now.lines; }
};

class EventTags : public running {
 protected:
  EventTags() {
    with = [](builder& parts) {
      parts.add<tank>({.snapshot_every = 0}).add_read_model<logbook>();
    };
    start();
  }
  ~EventTags() override { stop(); }

  aggregate_handle<tank> t() { return app->aggregate<tank>("t"); }
  outcome<tank> pour(std::vector<std::int64_t> litres, ask_options options = {}) {
    return t().ask(tank::pour{std::move(litres)}, std::move(options));
  }
  std::vector<std::uint64_t> versions_of(const std::string& tag) {
    const auto page = app->events({.tag = tag});
    EXPECT_TRUE(page) << describe(page.error());
    std::vector<std::uint64_t> versions;
    for (const recorded_event& one : page->events)
      versions.push_back(one.version.value);
    return versions;
  }
};

using versions = std::vector<std::uint64_t>;

TEST_F(EventTags, AreThoseOfTheStateAfterTheEvent) {
  ASSERT_TRUE(pour({40, 20, 10, 40}).accepted());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(versions_of("half"), (versions{2, 3}));
    EXPECT_EQ(versions_of("full"), versions{4});
    EXPECT_EQ(versions_of("alert"), versions{4});
    restart();
  }
  stop();
  std::filesystem::remove_all(settings.store / "p0000" / "index");
  start();
  EXPECT_EQ(versions_of("half"), (versions{2, 3}));
}

TEST_F(EventTags, StandBesideThoseOfTheCommand) {
  ASSERT_TRUE(pour({40, 20, 50}, {.tags = {"night", "half"}}).accepted());
  const auto events = t().history();
  ASSERT_TRUE(events);
  EXPECT_EQ((*events)[0].tags, (words{"night", "half"}));
  EXPECT_EQ((*events)[1].tags, (words{"night", "half"}));
  EXPECT_EQ((*events)[2].tags, (words{"night", "half", "full", "alert"}));
  EXPECT_EQ(versions_of("night"), (versions{1, 2, 3}));
  ASSERT_TRUE(pour({1}).accepted());
  EXPECT_EQ(versions_of("half"), (versions{1, 2, 3})) << "each event once";
}

TEST_F(EventTags, AreShownToReadModels) {
  ASSERT_TRUE(pour({40, 20, 50}, {.tags = {"night"}}).accepted());
  ASSERT_TRUE(pour({1}).accepted());
  const auto lines = app->read<logbook>({.caught_up = true}).ask(logbook::all{});
  ASSERT_TRUE(lines);
  EXPECT_EQ(*lines, (words{"1 night", "2 night half", "3 night full alert", "4 full alert"}));
}

TEST_F(EventTags, AreNeverAskedForInAReplay) {
  ASSERT_TRUE(pour({40, 20}).accepted());
  const int asked = tank::asked;
  restart();
  EXPECT_EQ(t().state()->state.litres, 60);
  ASSERT_TRUE(pour({}).accepted());
  EXPECT_EQ(tank::asked, asked);
}

TEST_F(EventTags, ThatCannotBeGivenLeaveNothingBehind) {
  ASSERT_TRUE(pour({40}).accepted());
  const auto threw = pour({5, 13});
  ASSERT_TRUE(threw.failed());
  EXPECT_EQ(threw.failed()->what, error::code::user_code_threw);
  EXPECT_NE(threw.failed()->detail.find("tags_of"), std::string::npos) << threw.failed()->detail;
  const auto long_tag = pour({5, 14});
  ASSERT_TRUE(long_tag.failed());
  EXPECT_EQ(long_tag.failed()->what, error::code::too_large);
  // With what has failed it would be half full.
  const auto out = pour({5});
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(out.accepted()->version, version{2});
  EXPECT_EQ(t().state()->state.litres, 45);
  EXPECT_EQ(versions_of("half"), versions{});
}

TEST_F(EventTags, CountForTheSizeOfTheirCommit) {
  settings.event_bytes_max = 64;
  settings.commit_bytes_max = 90;
  restart();
  ASSERT_TRUE(pour({49}).accepted());
  const auto out = pour({1, 1, 1, 1}, {.tags = {"1234567890"}});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::too_large);
  EXPECT_EQ(t().state()->state.litres, 49);
}

TEST_F(EventTags, OfPartsOfAnAtomicCommitAreThoseOfTheStateAfterEachEvent) {
  const auto other = app->aggregate<tank>("other");
  const auto out = app->ask_atomically(
      {}, t().part(tank::pour{{40}}), other.part(tank::pour{{100}}), t().part(tank::pour{{20}}));
  ASSERT_TRUE(out.accepted());
  EXPECT_EQ(versions_of("half"), versions{2});
  EXPECT_EQ(versions_of("full"), versions{1});
  EXPECT_EQ(t().state()->state.litres, 60);
}

TEST_F(EventTags, OfAnAtomicCommitThatIsRefusedLeaveTheStateAsItWas) {
  ASSERT_TRUE(pour({40}).accepted());
  const auto other = app->aggregate<tank>("other");
  const auto out =
      app->ask_atomically({}, t().part(tank::pour{{60}}), other.part(tank::pour{{-1}}));
  ASSERT_TRUE(out.rejected());
  EXPECT_TRUE(versions_of("full").empty());
  ASSERT_TRUE(pour({10}).accepted());
  EXPECT_EQ(t().state()->state.litres, 50);
  EXPECT_EQ(versions_of("half"), versions{2});
}

TEST(EventTagsInTheKit, ChangeNothingOfWhatItChecks) {
  testing::aggregate_kit<tank> kit;
  kit.given(tank::poured{40});
  kit.run(tank::pour{{20}}).expect_events(tank::poured{20}).expect_state({.litres = 60});
  kit.restart();
}

}  // namespace
}  // namespace cairn

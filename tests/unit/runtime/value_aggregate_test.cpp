#include "support/profile.hpp"
#include "support/running.hpp"

#include "cairn/testing/journal_probe.hpp"
#include "cairn/testing/manual_clock.hpp"

#include <map>
#include <memory>

namespace cairn {
namespace {

using crm::details;
using crm::profile;
using crm::rename;
using crm::sign_up;
using versions = std::vector<std::uint64_t>;
using namespace std::chrono_literals;

/// What each profile was last seen as, and how many changes were seen.
struct directory_model {
  static constexpr std::string_view stable_name = "crm.directory";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<profile>>;
  struct state {
    std::map<std::string, std::string> names;
    std::vector<std::uint64_t> versions;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("names", names), field("versions", versions));
    }
  };
  static void apply(state& now, const recorded<details>& change) {
    now.names[std::string{change.meta.aggregate_id}] = change->name;
    now.versions.push_back(change.meta.version.value);
  }
  static void apply(state& now, const recorded<value_cleared>& change) {
    now.names.erase(std::string{change.meta.aggregate_id});
    now.versions.push_back(change.meta.version.value);
  }
  struct everything {
    using answer = std::pair<std::map<std::string, std::string>, versions>;
  };
  static everything::answer query(const state& now, const everything& /*question*/) {
    return {now.names, now.versions};
  }
};

class ValueAggregate : public tests::running {
 protected:
  ValueAggregate() {
    with = [this](builder& parts) {
      parts.add<profile>(options)
          .add<crm::profile_store>()
          .add_read_model<directory_model>()
          .time_from(time);
    };
  }
  ~ValueAggregate() override { stop(); }

  aggregate_handle<profile> at(const char* id) { return app->aggregate<profile>(id); }
  receipt accepted(const outcome<profile>& out) {
    EXPECT_TRUE(out.accepted());
    return out.accepted() ? *out.accepted() : receipt{};
  }
  receipt ask(const char* id, profile::command wish, ask_options how = {}) {
    return accepted(at(id).ask(std::move(wish), std::move(how)));
  }
  std::string name_of(const char* id) {
    const auto now = at(id).state();
    EXPECT_TRUE(now) << describe(now.error());
    return now && now->state ? now->state->name : "nobody";
  }
  static versions versions_of(const std::vector<recorded_event>& events) {
    versions all;
    for (const recorded_event& one : events)
      all.push_back(one.version.value);
    return all;
  }
  versions shown(const char* id) {
    const auto found = at(id).history();
    EXPECT_TRUE(found) << describe(found.error());
    return found ? versions_of(*found) : versions{};
  }
  /// How many values are read from bytes meanwhile.
  static int decoded_by(const std::function<void()>& what) {
    const int before = details::decoded;
    what();
    return details::decoded - before;
  }

  std::shared_ptr<testing::manual_clock> time = std::make_shared<testing::manual_clock>();
  aggregate_options options;
};

TEST_F(ValueAggregate, KeepsItsNewestValueAcrossARestart) {
  start();
  ask("ann", sign_up{"Ann"});
  ask("ann", rename{"Anna"});
  restart();
  EXPECT_EQ(at("ann").state()->state, (details{"Anna", 1}));
  EXPECT_EQ(*at("ann").ask(sign_up{"Other"}).rejected(), profile::rejection::known);
  EXPECT_EQ(ask("ann", rename{"Annabel"}).version, version{3});
  EXPECT_EQ(at("ann").state()->state, (details{"Annabel", 2}));
}

TEST_F(ValueAggregate, IsWokenByItsNewestEventAlone) {
  constexpr std::uint64_t revisions = 10'000;
  with = [](builder& parts) {
    parts.add<profile>();
  };
  start();
  ask("ann", sign_up{"Ann"});
  std::vector<addressed<profile>> wishes;
  for (std::uint64_t i = 1; i < revisions; ++i)
    wishes.push_back({.id = "ann", .wish = rename{"Ann " + std::to_string(i)}});
  for (const auto& out : app->ask_many<profile>(std::move(wishes)))
    ASSERT_TRUE(out.accepted());
  restart();
  EXPECT_EQ(decoded_by([this] { EXPECT_EQ(name_of("ann"), "Ann 9999"); }), 1);
  EXPECT_EQ(decoded_by([this] { EXPECT_TRUE(at("ann").ask(sign_up{"Other"}).rejected()); }), 1);
  EXPECT_EQ(app->status().woken, 1U);
  EXPECT_EQ(ask("ann", rename{"Anna"}).version, version{revisions + 1});
}

TEST_F(ValueAggregate, TakesAVersionForEachChangeAlsoWhenItIsCleared) {
  start();
  EXPECT_EQ(ask("ann", sign_up{"Ann"}).version, version{1});
  EXPECT_EQ(ask("ann", rename{"Ann"}).version, version{1});
  EXPECT_EQ(ask("ann", crm::close{}).version, version{2});
  EXPECT_EQ(at("ann").state()->state, std::nullopt);
  EXPECT_EQ(at("ann").state()->version, version{2});
  restart();
  EXPECT_EQ(at("ann").ask(crm::close{}).failed()->what, error::code::unhandled);
  EXPECT_EQ(ask("ann", sign_up{"Again"}, {.expected = version{2}}).version, version{3});
  EXPECT_EQ(name_of("ann"), "Again");
}

TEST_F(ValueAggregate, KeepsTheLastOfSeveralValuesOfACommand) {
  start();
  ask("ann", sign_up{"Ann"});
  EXPECT_EQ(ask("ann", crm::rename_twice{"Anna", "Annabel"}).version, version{3});
  restart();
  EXPECT_EQ(at("ann").state()->state, (details{"Annabel", 2}));
  EXPECT_EQ(at("ann").state_at(version{2})->state, (details{"Anna", 1}));
}

TEST_F(ValueAggregate, CanBeReadAtEachVersionAndTime) {
  start();
  const timestamp begin = time->now();
  for (const char* name : {"Ann", "Anna", "Annabel"}) {
    time->advance(1h);
    ask("ann", name == std::string_view{"Ann"} ? profile::command{sign_up{name}} : rename{name});
  }
  time->advance(1h);
  ask("ann", crm::close{});
  EXPECT_EQ(at("ann").state_at(version{0})->state, std::nullopt);
  EXPECT_EQ(at("ann").state_at(version{2})->state, (details{"Anna", 1}));
  EXPECT_EQ(at("ann").state_at(version{9})->version, version{4});
  const auto before = at("ann").state_at(begin);
  EXPECT_EQ(before->state, std::nullopt);
  EXPECT_EQ(before->version, version{0});
  const auto between = at("ann").state_at(begin + 90min);
  EXPECT_EQ(between->state, (details{"Ann", 0}));
  EXPECT_EQ(between->version, version{1});
  EXPECT_EQ(between->time, begin + 1h);
  EXPECT_EQ(at("ann").state_at(begin + 3h)->state, (details{"Annabel", 2}));
  EXPECT_EQ(at("ann").state_at(begin + 4h)->state, std::nullopt);
  EXPECT_EQ(at("ann").state_at(begin + 4h)->version, version{4});
}

TEST_F(ValueAggregate, ShowsReadersItsNewestChangeAlone) {
  start();
  ask("ann", sign_up{"Ann"});
  ask("bob", sign_up{"Bob"});
  ask("ann", rename{"Anna"});
  EXPECT_EQ(shown("ann"), versions{2});
  const auto page = app->events({.category = "crm.profile"});
  ASSERT_TRUE(page) << describe(page.error());
  ASSERT_EQ(page->events.size(), 2U);
  EXPECT_EQ(page->events[0].aggregate_id, "bob");
  EXPECT_EQ(page->events[1].json, R"({"name":"Anna","renamed":1})");
  EXPECT_EQ(page->events[1].event_type, "details");
  ask("ann", crm::close{});
  EXPECT_EQ(at("ann").history()->at(0).event_type, "cairn.value_cleared");
}

TEST_F(ValueAggregate, ShowsAsManyOfItsChangesAsItIsToldTo) {
  options.shown = {.count_max = 2};
  start();
  ask("ann", sign_up{"Ann"});
  ask("ann", rename{"Anna"});
  ask("ann", rename{"Annabel"});
  EXPECT_EQ(shown("ann"), (versions{2, 3}));
  stop();
  options.shown = show_all;
  start();
  EXPECT_EQ(shown("ann"), (versions{1, 2, 3}));
}

TEST_F(ValueAggregate, IsFollowedByTagWithTheNewestChangeOfEachThoughOthersCameBetween) {
  start();
  const ask_options tagged{.tags = {"vip"}};
  ask("ann", sign_up{"Ann"}, tagged);
  ask("bob", sign_up{"Bob"}, tagged);
  ask("cid", sign_up{"Cid"});
  event_query query{.tag = "vip", .limit = 1};
  auto page = app->events(query);
  ASSERT_TRUE(page) << describe(page.error());
  ASSERT_EQ(page->events.size(), 1U);
  EXPECT_EQ(page->events[0].aggregate_id, "ann");
  // Bob's first change is hidden before it was seen; his second one comes instead.
  ask("bob", rename{"Bobby"}, tagged);
  ask("ann", rename{"Anna"}, tagged);
  std::vector<std::pair<std::string, std::uint64_t>> rest;
  while (!page->at_end) {
    query.from = page->next;
    page = app->events(query);
    ASSERT_TRUE(page) << describe(page.error());
    for (const recorded_event& one : page->events)
      rest.emplace_back(one.aggregate_id, one.version.value);
  }
  EXPECT_EQ(rest, (decltype(rest){{"bob", 2}, {"ann", 2}}));
}

TEST_F(ValueAggregate, TellsReadModelsEachChangeWithItsVersion) {
  start();
  ask("ann", sign_up{"Ann"});
  ask("bob", sign_up{"Bob"});
  ask("ann", rename{"Anna"});
  const receipt last = ask("bob", crm::close{});
  const auto seen =
      app->read<directory_model>({.at_least = last.position}).ask(directory_model::everything{});
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_EQ(seen->first, (std::map<std::string, std::string>{{"ann", "Anna"}}));
  EXPECT_EQ(seen->second, (versions{1, 1, 2, 2}));
}

TEST_F(ValueAggregate, ChangesOnceUnderACommandId) {
  start();
  ask("ann", sign_up{"Ann"});
  ask("ann", rename{"Anna"}, {.command_id = "r-1"});
  ask("ann", rename{"Annabel"});
  restart();
  const receipt again = ask("ann", rename{"Anna"}, {.command_id = "r-1"});
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.version, version{2});
  EXPECT_EQ(name_of("ann"), "Annabel");
}

TEST_F(ValueAggregate, IsPartOfAnAtomicCommitAsAWhole) {
  start();
  ask("ann", sign_up{"Ann"});
  ask("bob", sign_up{"Bob"});
  EXPECT_TRUE(app->ask_atomically({}, at("ann").part(rename{"Bob"}), at("bob").part(rename{"Ann"}))
                  .accepted());
  EXPECT_TRUE(app->ask_atomically({}, at("ann").part(rename{"Cid"}), at("eve").part(rename{"Cid"}))
                  .rejected());
  EXPECT_EQ(name_of("ann"), "Bob");
  EXPECT_EQ(name_of("bob"), "Ann");
}

TEST_F(ValueAggregate, BeginsAnewWhenItIsRemovedAndItsNumberingGoesOn) {
  start();
  ask("ann", sign_up{"Ann"});
  ask("ann", rename{"Anna"});
  accepted(at("ann").remove());
  EXPECT_TRUE(shown("ann").empty());
  restart();
  EXPECT_TRUE(at("ann").state()->removed);
  EXPECT_EQ(at("ann").state()->state, std::nullopt);
  const auto unknown = at("ann").ask(rename{"Annabel"});
  ASSERT_TRUE(unknown.rejected());
  EXPECT_EQ(*unknown.rejected(), profile::rejection::unknown);
  EXPECT_EQ(ask("ann", sign_up{"Ann"}, {.expected = expectation::none()}).version, version{3});
  EXPECT_EQ(shown("ann"), versions{3});
}

TEST_F(ValueAggregate, GoesBackToItsStoredValueWhenAGroupFails) {
  testing::journal_probe journal;
  settings.in_memory = true;
  with = [&journal](builder& parts) {
    parts.add<profile>().journal_from(journal.source());
  };
  start();
  ask("ann", sign_up{"Ann"});
  journal.reject_next();
  EXPECT_EQ(at("ann").ask(rename{"Anna"}).failed()->what, error::code::store_full);
  EXPECT_EQ(ask("ann", rename{"Annabel"}, {.expected = version{1}}).version, version{2});
  EXPECT_EQ(at("ann").state()->state, (details{"Annabel", 1}));
  stop();
}

TEST_F(ValueAggregate, TakesNoSnapshots) {
  builder parts{settings};
  parts.add<profile>({.snapshot_every = 10});
  const auto started = std::move(parts).start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().what, error::code::bad_config);
  EXPECT_NE(started.error().detail.find("a value aggregate needs no snapshots"), std::string::npos);
}

class StoredValue : public ValueAggregate {
 protected:
  using store = crm::profile_store;
  aggregate_handle<store> ann() { return app->aggregate<store>("ann"); }
};

TEST_F(StoredValue, IsPutReadAndClearedWithoutRules) {
  start();
  EXPECT_EQ(ann().state()->state, std::nullopt);
  EXPECT_EQ(ann().ask(store::put{{"Ann", 7}}).accepted()->version, version{1});
  EXPECT_EQ(ann().state()->state, (details{"Ann", 7}));
  EXPECT_EQ(ann().ask(store::clear{}).accepted()->version, version{2});
  EXPECT_EQ(ann().ask(store::clear{}).accepted()->version, version{2});
  EXPECT_EQ(ann().state()->state, std::nullopt);
}

TEST_F(StoredValue, IsPutOnlyOverTheVersionThatWasRead) {
  start();
  ASSERT_TRUE(ann().ask(store::put{{"Ann", 1}}, {.expected = expectation::none()}).accepted());
  const auto read = ann().state();
  ASSERT_TRUE(ann().ask(store::put{{"Rival", 2}}).accepted());
  const auto late = ann().ask(store::put{{"Anna", 3}}, {.expected = read->version});
  ASSERT_TRUE(late.failed());
  EXPECT_EQ(late.failed()->what, error::code::conflict);
  EXPECT_EQ(ann().state()->state->name, "Rival");
  const auto again = ann().ask_from([](const aggregate_state<store>& now) {
    return std::optional<store::command>{store::put{{now.state->name + "!", 4}}};
  });
  ASSERT_TRUE(again && again->accepted());
  EXPECT_EQ(ann().state()->state->name, "Rival!");
}

}  // namespace
}  // namespace cairn

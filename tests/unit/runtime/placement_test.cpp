#include "support/account.hpp"
#include "support/counter.hpp"
#include "support/running.hpp"

#include "cairn/testing/journal_probe.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>

// Aggregates that are placed together, by what stands between braces in their ids.

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using counting::add;
using counting::counter;

class Placement : public tests::running {
 protected:
  Placement() {
    settings.partitions = 8;
    with = [](builder& parts) {
      parts.add<account>().add<counter>({.hosts = 2});
    };
  }
  ~Placement() override { stop(); }

  aggregate_handle<account> at(const std::string& id) { return app->aggregate<account>(id); }
  aggregate_handle<counter> count(const std::string& id) { return app->aggregate<counter>(id); }
  std::uint16_t partition_of(const std::string& id) {
    const auto out = count(id).ask(add{1});
    EXPECT_TRUE(out.accepted());
    return out.accepted()->position.partition.value;
  }
  /// A store as the first release has made them.
  void be_of_the_first_format() {
    std::filesystem::create_directories(settings.store);
    std::ofstream{settings.store / "cairn.store"}
        << "This directory is a Cairn store. Do not edit it.\nformat = 1\nidentity = 1f\n"
        << "partitions = " << settings.partitions << "\n";
  }
};

TEST_F(Placement, KeepsThoseTogetherThatShareWhatIsInBraces) {
  start();
  std::set<std::uint16_t> used;
  for (int group = 0; group < 20; ++group) {
    const std::string shared = "{g" + std::to_string(group) + "}";
    const std::uint16_t partition = partition_of(shared);
    used.insert(partition);
    for (int i = 0; i < 4; ++i)
      EXPECT_EQ(partition_of("order/" + shared + std::to_string(i)), partition);
    const auto opened = at(shared + "account").ask(open{"x"});
    ASSERT_TRUE(opened.accepted());
    EXPECT_EQ(opened.accepted()->position.partition.value, partition);
  }
  EXPECT_GT(used.size(), 3U);
  restart();
  EXPECT_EQ(count("{g3}").state()->state.value, 1);
  EXPECT_EQ(count("order/{g3}2").history()->size(), 1U);
  EXPECT_EQ(app->events({.category = "counter"})->events.size(), 100U);
}

TEST_F(Placement, LetsThemCommitAtomically) {
  start();
  for (int i = 0; i < 10; ++i) {
    const std::string shared = "{customer-" + std::to_string(i) + "}";
    ASSERT_TRUE(at(shared + "/savings").ask(open{"x"}).accepted());
    const auto out = app->ask_atomically({.command_id = "t"},
                                         at(shared + "/savings").part(deposit{5}),
                                         count(shared + "/transfers").part(add{1}),
                                         count("of" + shared).part(add{2}));
    ASSERT_TRUE(out.accepted()) << describe(*out.failed());
    EXPECT_EQ(at(shared + "/savings").state()->state.balance_cents, 5);
    EXPECT_EQ(count("of" + shared).state()->state.value, 2);
  }
  restart();
  EXPECT_TRUE(app->ask_atomically({.command_id = "t"},
                                  at("{customer-3}/savings").part(deposit{5}),
                                  count("{customer-3}/transfers").part(add{1}),
                                  count("of{customer-3}").part(add{2}))
                  .accepted()
                  ->repeated);
}

TEST_F(Placement, MovesNothingInAStoreOfTheFirstFormat) {
  be_of_the_first_format();
  start();
  std::set<std::uint16_t> used;
  for (int i = 0; i < 40; ++i)
    used.insert(partition_of("{shared}" + std::to_string(i)));
  EXPECT_GT(used.size(), 3U);
  // It stays what it is, also when a later program has written to it.
  restart();
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(count("{shared}" + std::to_string(i)).ask(add{1}).accepted()->version, version{2});
  std::string line;
  std::ifstream manifest{settings.store / "cairn.store"};
  std::getline(manifest, line);
  std::getline(manifest, line);
  EXPECT_EQ(line, "format = 1");
}

TEST_F(Placement, IsSaidByTheManifestOfANewStore) {
  start();
  std::ifstream manifest{settings.store / "cairn.store"};
  const std::string text{std::istreambuf_iterator<char>{manifest}, {}};
  EXPECT_NE(text.find("\nformat = 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nplacement = 2\n"), std::string::npos) << text;
}

TEST_F(Placement, IsThatOfAProbeToo) {
  testing::journal_probe journal{8};
  journal.persist_for_recovery<counter>("{a}1", counting::added{1});
  journal.persist_for_recovery<counter>("{a}2", counting::added{2});
  settings.in_memory = true;
  with = [&journal](builder& parts) {
    parts.add<counter>().journal_from(journal.source());
  };
  start();
  EXPECT_EQ(count("{a}1").state()->state.value, 1);
  EXPECT_EQ(count("{a}2").state()->state.value, 2);
  stop();
}

}  // namespace
}  // namespace cairn

#include "golden/store_v1_expected.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

// A store that the first release wrote must be opened, read in full and written on by every later
// version, whatever became of formats since. tests/golden/README.md says what is in it.

namespace cairn::golden {
namespace {

namespace fs = std::filesystem;

/// Tells its clients the same time for ever: that of the story's last round.
class still_clock final : public clock {
 public:
  [[nodiscard]] timestamp now() const noexcept override { return time_of(rounds - 1); }
};

/// A different command with an id that was used before: it must not be decided.
template <class A> typename A::command another_command();
template <> account::command another_command<account>() {
  return move{1'000'000, "must not happen"};
}
template <> basket::command another_command<basket>() {
  return put_in{{{"must not happen", 1}}, {}};
}

class GoldenStore : public testing::Test {
 protected:
  GoldenStore() {
    store_ = directory_.path() / "store";
    fs::copy(CAIRN_GOLDEN_STORE, store_, fs::copy_options::recursive);
  }

  /// As if the process had been killed, and not the machine: what is derived is then used as it is.
  void pretend_the_same_boot() const {
    std::ifstream in{"/proc/sys/kernel/random/boot_id"};
    std::string boot;
    std::getline(in, boot);
    std::ofstream{store_ / "relaxed"} << boot << "\n";
  }

  void start() {
    auto settings = tests::small_store(store_);
    settings.partitions = partitions;
    auto started = builder{settings}
                       .add<account>({.snapshot_every = 5})
                       .add<basket>()
                       .add_read_model<ledger>()
                       .add_read_model<stock>()
                       .time_from(std::make_shared<still_clock>())
                       .start();
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
  }
  void restart() {
    ASSERT_TRUE(app_->stop());
    app_.reset();
    start();
  }

  void expect_everything() {
    expect_journal();
    expect_aggregates<account>();
    expect_aggregates<basket>();
    expect_positions_without_gaps();
    expect_read_models();
    expect_repeats<account>();
    expect_repeats<basket>();
    // The repeats have changed nothing.
    expect_journal();
  }

  void expect_journal() {
    const auto report = app_->verify();
    ASSERT_TRUE(report) << describe(report.error());
    EXPECT_EQ(report->events, expected_.events());
  }

  template <class A> void expect_aggregates() {
    for (const auto& [id, stream] : expected_.of<A>().streams) {
      const auto handle = app_->aggregate<A>(id);
      const auto now = handle.state();
      ASSERT_TRUE(now) << describe(now.error());
      EXPECT_EQ(now->version, version{stream.events.size()}) << id;
      EXPECT_EQ(now->state, stream.now) << id;
      for (std::uint64_t at = 0; at < stream.states.size(); ++at) {
        const auto then = handle.state_at(version{at});
        ASSERT_TRUE(then) << describe(then.error());
        EXPECT_EQ(then->state, stream.states[at]) << id << " at " << at;
      }
      expect_history<A>(id, stream.events);
    }
  }

  template <class A, class Events>
  void expect_history(const std::string& id, const Events& events) {
    const auto stored = app_->aggregate<A>(id).history();
    ASSERT_TRUE(stored) << describe(stored.error());
    ASSERT_EQ(stored->size(), events.size()) << id;
    for (std::size_t i = 0; i < events.size(); ++i) {
      const recorded_event& is = (*stored)[i];
      EXPECT_EQ(is.version, version{i + 1});
      EXPECT_EQ(is.aggregate_type, A::stable_name);
      EXPECT_EQ(is.aggregate_id, id);
      EXPECT_EQ(is.event_type, events[i].event_type);
      EXPECT_EQ(is.json, events[i].json);
      EXPECT_EQ(is.time, events[i].time);
      EXPECT_EQ(is.schema_version, events[i].schema_version);
      EXPECT_EQ(is.command_id, events[i].options.command_id);
      // A command without a correlation id is the root of what it sets in motion.
      const ask_options& sent = events[i].options;
      const bool is_root = sent.correlation_id.empty();
      const bool is_caused = !is_root || !sent.causation_id.empty();
      EXPECT_EQ(is.correlation_id.text(),
                is_root ? sent.command_id.text() : sent.correlation_id.text());
      EXPECT_EQ(is.causation_id.text(),
                is_caused ? sent.causation_id.text() : sent.command_id.text());
      EXPECT_EQ(is.principal, events[i].options.principal);
      EXPECT_EQ(is.tags, events[i].options.tags);
      positions_.insert(is.position);
      at_[{std::string{A::stable_name} + "/" + id, i + 1}] = is.position;
    }
  }

  void expect_positions_without_gaps() {
    EXPECT_EQ(positions_.size(), expected_.events());
    const auto ends = app_->status().durable_offsets;
    ASSERT_EQ(ends.size(), partitions);
    for (std::uint16_t i = 0; i < partitions; ++i) {
      EXPECT_GT(ends[i], 50U);
      for (std::uint64_t offset = 1; offset <= ends[i]; ++offset)
        EXPECT_TRUE(positions_.contains({{i}, offset})) << i << "/" << offset;
    }
  }

  void expect_read_models() {
    const read_options now{.caught_up = true};
    const auto accounts = app_->read<ledger>(now).ask(ledger::accounts{});
    ASSERT_TRUE(accounts) << describe(accounts.error());
    EXPECT_EQ(*accounts, expected_.accounts());
    EXPECT_EQ(*app_->read<ledger>(now).ask(ledger::listed{}), expected_.listed());
    auto items = app_->read<stock>(now).ask(stock::all{});
    ASSERT_TRUE(items) << describe(items.error());
    std::erase_if(*items, [](const auto& item) { return item.second == 0; });
    EXPECT_EQ(*items, expected_.items());
  }

  /// Every command with an id, sent again with another content, gets what it got then.
  template <class A> void expect_repeats() {
    for (const auto& first : expected_.of<A>().answers) {
      const auto again =
          app_->aggregate<A>(first.id).ask(another_command<A>(), {.command_id = first.command_id});
      if (first.rejection) {
        ASSERT_TRUE(again.rejected()) << first.id << " " << first.command_id;
        EXPECT_EQ(*again.rejected(), *first.rejection);
        continue;
      }
      ASSERT_TRUE(again.accepted()) << first.id << " " << first.command_id;
      EXPECT_TRUE(again.accepted()->repeated);
      EXPECT_EQ(again.accepted()->version, first.after);
      const bool has_events = !first.command_id.starts_with("touch");
      if (has_events) {
        const auto key = std::pair{std::string{A::stable_name} + "/" + first.id, first.after.value};
        EXPECT_EQ(again.accepted()->position, at_[key]);
      }
    }
  }

  template <class A> void send(const std::string& id, const typename A::command& wish) {
    const ask_options options{.command_id = "written on"};
    ASSERT_TRUE(app_->aggregate<A>(id).ask(wish, options).accepted()) << id;
    expected_.of<A>().decide(id, wish, options, time_of(rounds - 1));
  }
  void write_on() {
    for (unsigned i = 0; i < accounts; ++i) {
      if (i + 2 < accounts) {
        send<account>(account_id(i), move{5, "written on"});
      } else {
        send<account>(account_id(i), open{"late", 7});
      }
    }
    send<basket>("a new one", put_in{{{"pen", 2}}, {}});
  }

  tests::temporary_directory directory_;
  fs::path store_;
  expected_store expected_;
  std::set<position> positions_;
  std::map<std::pair<std::string, std::uint64_t>, position> at_;
  std::optional<runtime> app_;
};

TEST_F(GoldenStore, OfTheFirstReleaseIsReadInFullAndWrittenOn) {
  pretend_the_same_boot();
  start();
  expect_everything();
  write_on();
  expect_everything();
  restart();
  expect_everything();
}

TEST_F(GoldenStore, OfTheFirstReleaseIsReadInFullAfterTheLossOfPowerOnAnotherMachine) {
  start();
  EXPECT_FALSE(fs::exists(store_ / "relaxed"));
  expect_everything();
  write_on();
  restart();
  expect_everything();
}

TEST_F(GoldenStore, OfTheFirstReleaseIsReadInFullFromItsLogAlone) {
  for (const char* derived : {"snapshots", "views", "p0000/index", "p0001/index"}) {
    ASSERT_GT(fs::remove_all(store_ / derived), 1U) << derived;
  }
  start();
  expect_everything();
}

/// Guards the test itself: the store has what the tests above are there for.
TEST_F(GoldenStore, HasBlocksThatWereNotSyncedAndEverythingThatIsDerived) {
  EXPECT_GT(fs::file_size(store_ / "p0000" / "unsynced"), 1000U);
  EXPECT_GT(fs::file_size(store_ / "p0001" / "unsynced"), 1000U);
  EXPECT_TRUE(fs::exists(store_ / "relaxed"));
  EXPECT_TRUE(fs::exists(store_ / "snapshots" / "data.mdb"));
  EXPECT_FALSE(fs::is_empty(store_ / "views"));
  EXPECT_GT(expected_.of<account>().answers.size(), 100U);
  EXPECT_GT(expected_.events(), 300U);
}

}  // namespace
}  // namespace cairn::golden

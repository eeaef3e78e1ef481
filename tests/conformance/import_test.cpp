#include "conformance/scribe.hpp"
#include "conformance/slow_log.hpp"
#include "support/running.hpp"

#include "cairn/testing/journal_probe.hpp"

#include <algorithm>
#include <set>

// Pekko's event writer (EW1 to EW6): events that are written again, as imports and replications do.
// Here an import sends commands with ids, and what was stored before is acknowledged again.

namespace cairn::tests {
namespace {

using conformance::scribe;
using conformance::write;

class Import : public ::testing::Test {
 protected:
  Import() { start(); }
  ~Import() override { app.reset(); }

  void start() {
    config settings;
    settings.in_memory = true;
    auto started = builder{settings}.add<scribe>().journal_from(probe.source()).start();
    ASSERT_TRUE(started) << describe(started.error());
    app.emplace(*std::move(started));
  }
  /// Sends the numbers as events of one aggregate, all at once.
  std::vector<outcome<scribe>> import(int from, int to) {
    std::vector<addressed<scribe>> wishes;
    for (int i = from; i <= to; ++i)
      wishes.push_back(
          {"p", write{{std::to_string(i)}}, {.command_id = "event-" + std::to_string(i)}});
    return app->ask_many(std::move(wishes));
  }
  /// That these came to the numbers, all of them; those up to `known` for the second time.
  static void expect_acknowledged(const std::vector<outcome<scribe>>& all, int from, int known) {
    int number = from;
    for (const auto& out : all) {
      ASSERT_TRUE(out.accepted()) << number << ": " << describe(*out.failed());
      EXPECT_EQ(out.accepted()->version.value, static_cast<std::uint64_t>(number));
      EXPECT_EQ(out.accepted()->repeated, number <= known) << number;
      ++number;
    }
  }
  void expect_stored(int last) {
    const auto events = probe.events_of<scribe>("p");
    ASSERT_EQ(events.size(), static_cast<std::size_t>(last));
    for (int i = 1; i <= last; ++i)
      EXPECT_EQ(std::get<conformance::written>(events[static_cast<std::size_t>(i - 1)]).text,
                std::to_string(i));
  }

  temporary_directory directory;
  testing::journal_probe probe{lmdb_logs(directory.path())};
  std::optional<runtime> app;
};

TEST_F(Import, AcknowledgesTheSameEventTwiceAndStoresItOnce) {
  expect_acknowledged(import(1, 1), 1, 0);
  expect_acknowledged(import(1, 1), 1, 1);
  expect_stored(1);
}

TEST_F(Import, AcknowledgesABatchOfWhichAllIsStored) {
  expect_acknowledged(import(1, 10), 1, 0);
  for (int i = 0; i < 2; ++i) {
    expect_acknowledged(import(1, 10), 1, 10);
    expect_stored(10);
    app.reset();
    start();
  }
}

TEST_F(Import, StoresOnlyTheRestOfABatchOfWhichAPartIsStored) {
  expect_acknowledged(import(1, 10), 1, 0);
  expect_acknowledged(import(5, 14), 5, 10);
  expect_stored(14);
}

TEST_F(Import, PassesARealFailureOn) {
  probe.reject_next();
  const auto out = import(1, 1);
  ASSERT_TRUE(out[0].failed());
  EXPECT_EQ(out[0].failed()->what, error::code::store_full);
  expect_stored(0);
  expect_acknowledged(import(1, 1), 1, 0);
}

TEST_F(Import, IsNotDisturbedByLateFailuresOfAFirstAttempt) {
  expect_acknowledged(import(1, 3), 1, 0);
  probe.reject_next();
  collected<error::code> first;
  for (int i = 4; i <= 8; ++i) {
    app->aggregate<scribe>("p").ask(
        write{{std::to_string(i)}},
        {.command_id = "event-" + std::to_string(i)},
        [&first](const outcome<scribe>& out) {
          first.put(out.failed() != nullptr ? out.failed()->what : error::code{});
        });
  }
  // Sent while failures of the first attempt may still be under way. An event may be refused along
  // with them, but none is lost between others or stored twice.
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto again = import(4, 8);
    const bool complete =
        std::all_of(again.begin(), again.end(), [](const auto& out) { return out.accepted(); });
    if (complete) break;
  }
  (void)first.wait_for(5);
  std::set<std::string> texts;
  const auto events = probe.events_of<scribe>("p");
  for (const auto& event : events)
    texts.insert(std::get<conformance::written>(event).text);
  EXPECT_EQ(events.size(), 8U);
  EXPECT_EQ(texts.size(), 8U);
  EXPECT_TRUE(app->verify());
}

}  // namespace
}  // namespace cairn::tests

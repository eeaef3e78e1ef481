#include "conformance/scribe.hpp"
#include "support/running.hpp"

#include "cairn/persistence/block_log.hpp"

#include <atomic>
#include <thread>

// What Pekko's kit does not ask of a journal and should.

namespace cairn::tests {
namespace {

using conformance::scribe;
using conformance::write;

class JournalGaps : public running {
 protected:
  JournalGaps() {
    with = [](builder& parts) {
      parts.add<scribe>();
    };
    start();
  }
  ~JournalGaps() override { stop(); }

  aggregate_handle<scribe> at(const std::string& id) { return app->aggregate<scribe>(id); }
  std::vector<std::string> texts(const std::string& id) { return at(id).state()->state.texts; }
};

using texts_of = std::vector<std::string>;

TEST_F(JournalGaps, AnAppendOnAnotherVersionStoresNothing) {
  ASSERT_TRUE(at("p").ask(write{{"1", "2"}}).accepted());
  for (const std::uint64_t wrong : {0U, 1U, 3U}) {
    const auto out = at("p").ask(write{{"x"}}, {.expected = version{wrong}});
    ASSERT_TRUE(out.failed()) << wrong;
    EXPECT_EQ(out.failed()->what, error::code::conflict);
    EXPECT_EQ(out.failed()->actual_version, 2U);
  }
  restart();
  EXPECT_EQ(texts("p"), (texts_of{"1", "2"}));
  EXPECT_EQ(app->verify()->events, 2U);
}

TEST_F(JournalGaps, AFailureInTheMiddleOfACommandStoresNothingOfIt) {
  ASSERT_TRUE(at("p").ask(write{{"1"}}).accepted());
  const std::string too_large(settings.event_bytes_max + 1, 'x');
  for (const std::string& bad : {std::string{"cannot be stored"},
                                 std::string{"cannot be applied"},
                                 std::string{too_large}}) {
    const auto out = at("p").ask(write{{"2", bad, "3"}});
    ASSERT_TRUE(out.failed());
    EXPECT_EQ(effect_of(out.failed()->what), error::effect::none);
    EXPECT_EQ(texts("p"), texts_of{"1"});
  }
  const auto next = at("p").ask(write{{"2"}});
  ASSERT_TRUE(next.accepted());
  EXPECT_EQ(next.accepted()->version, version{2});
  restart();
  EXPECT_EQ(texts("p"), (texts_of{"1", "2"}));
  EXPECT_EQ(app->verify()->events, 2U);
}

TEST_F(JournalGaps, AnEmptyBatchIsNothing) {
  EXPECT_TRUE(app->ask_many(std::vector<addressed<scribe>>{}).empty());
  EXPECT_EQ(at("p").ask(write{{}}).rejected() != nullptr, true);
  EXPECT_EQ(app->verify()->commits, 0U);
  EXPECT_EQ(at("p").state()->version, version{0});
}

TEST_F(JournalGaps, AReplayDuringDeletionsShowsAnEndOfTheStreamWithoutHoles) {
  constexpr std::uint64_t events = 200;
  ASSERT_TRUE(at("p").ask(write{texts_of(events, "x")}).accepted());
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::atomic<std::uint64_t> replays{0};
  std::thread reader{[&] {
    std::uint64_t first_before = 1;
    while (!done.load() || replays.load() == 0) {
      const auto shown = at("p").history();
      if (!shown || shown->empty() || shown->back().version.value != events) {
        ++wrong;
        break;
      }
      const std::uint64_t first = shown->front().version.value;
      // What was hidden once is not shown again, and behind the first one all are there.
      if (first < first_before || shown->size() != events - first + 1) ++wrong;
      first_before = first;
      ++replays;
    }
  }};
  for (std::uint64_t first = 2; first <= events; first += 3)
    EXPECT_TRUE(at("p").truncate_before({first}).accepted());
  done = true;
  reader.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(at("p").state()->version, version{events});
}

TEST_F(JournalGaps, ManyAggregatesInOneBatchAreAllAcknowledged) {
  constexpr int streams = 1'001;
  constexpr int rounds = 20;
  std::vector<addressed<scribe>> wishes;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < streams; ++i) {
      wishes.push_back({std::to_string(i),
                        write{{std::to_string(round)}},
                        {.command_id = std::to_string(round)}});
    }
  }
  const auto outcomes = app->ask_many(std::move(wishes));
  ASSERT_EQ(outcomes.size(), std::size_t{streams} * rounds);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_TRUE(outcomes[i].accepted()) << i << describe(*outcomes[i].failed());
    ASSERT_EQ(outcomes[i].accepted()->version.value, i / streams + 1);
  }
  restart();
  for (const int i : {0, 500, 1'000}) {
    EXPECT_EQ(at(std::to_string(i)).state()->version.value, std::uint64_t{rounds});
    EXPECT_EQ(texts(std::to_string(i)).back(), std::to_string(rounds - 1));
  }
  EXPECT_EQ(app->verify()->events, std::uint64_t{streams} * rounds);
}

}  // namespace
}  // namespace cairn::tests

#include "support/counter.hpp"
#include "support/running.hpp"

#include <cstdio>

// Pekko's JournalPerfSpec, P01 to P03: no figure is demanded (benchmarks/ measures), but 10 000
// events in their order, within a limit of time that only a broken journal needs.

namespace cairn::tests {
namespace {

using counting::add;
using counting::counter;

constexpr std::uint64_t events = 10'000;
// Beyond the amounts that this counter does not like.
constexpr std::int64_t first_amount = 1'000;
constexpr std::chrono::seconds limit{120};

class JournalPace : public running {
 protected:
  JournalPace() {
    settings.commands_per_aggregate_max = 2 * events;
    with = [](builder& parts) {
      parts.add<counter>();
    };
    start();
    begin_ = std::chrono::steady_clock::now();
  }
  ~JournalPace() override { stop(); }

  aggregate_handle<counter> c() { return app->aggregate<counter>("c"); }
  void tell_time(const char* what) {
    const auto took = std::chrono::steady_clock::now() - begin_;
    std::printf("%s: %lld ms\n",
                what,
                static_cast<long long>(
                    std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
    EXPECT_LT(took, limit);
    begin_ = std::chrono::steady_clock::now();
  }

  std::chrono::steady_clock::time_point begin_;
};

TEST_F(JournalPace, StoresTenThousandEventsWithoutWaitingInTheirOrder) {
  collected<std::uint64_t> answers;
  for (std::uint64_t i = 0; i < events; ++i)
    c().ask(add{1}, {.timeout = limit}, [&](const outcome<counter>& out) {
      answers.put(out.accepted() != nullptr ? out.accepted()->version.value : 0);
    });
  const auto came = answers.wait_for(events);
  for (std::uint64_t i = 0; i < events; ++i)
    ASSERT_EQ(came[i], i + 1);
  tell_time("10 000 events without waiting");
}

TEST_F(JournalPace, StoresTenThousandEventsOneByOne) {
  for (std::uint64_t i = 0; i < events; ++i) {
    const auto out = c().ask(add{1});
    ASSERT_TRUE(out.accepted());
    ASSERT_EQ(out.accepted()->version.value, i + 1);
  }
  tell_time("10 000 events one by one");
}

TEST_F(JournalPace, ReplaysTenThousandEventsInTheirOrder) {
  std::vector<addressed<counter>> wishes;
  for (std::uint64_t i = 0; i < events; ++i)
    wishes.push_back({"c", add{first_amount + static_cast<std::int64_t>(i)}});
  for (const auto& out : app->ask_many(std::move(wishes)))
    ASSERT_TRUE(out.accepted());
  begin_ = std::chrono::steady_clock::now();
  restart();
  // The next one is decided on everything before it.
  ASSERT_EQ(c().ask(add{1}).accepted()->version.value, events + 1);
  tell_time("10 000 events replayed");
  const auto shown = *c().history();
  ASSERT_EQ(shown.size(), events + 1);
  for (std::uint64_t i = 0; i < events; ++i) {
    ASSERT_EQ(shown[i].version.value, i + 1);
    ASSERT_EQ(shown[i].json,
              R"({"amount":)" + std::to_string(first_amount + static_cast<std::int64_t>(i)) + "}");
  }
}

}  // namespace
}  // namespace cairn::tests

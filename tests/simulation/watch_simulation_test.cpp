#include "support/told_holdings.hpp"

#include "cairn/testing/simulation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

// Watching a read model, and waiting for it, while nodes crash, disks fail and messages are lost.

namespace cairn::tests {
namespace {

using bank::account;
using testing::simulated_client;
using testing::simulation;

/// Folds what it is told, and begins anew when the watch has ended.
class follower {
 public:
  /// What is wrong, if something is: what it has folded must be the answer at any time.
  std::string look(runtime& app) {
    if (watch_ && !drain()) watch_.reset();
    if (!watch_) {
      auto begun = app.watch<told_holdings>(told_holdings::all{}, {.buffer = 1'000'000});
      if (!begun) return "no watch: " + describe(begun.error());
      ++begun_;
      folded_ = begun->first();
      watch_.emplace(*std::move(begun));
    }
    const auto now = app.read<told_holdings>().ask(told_holdings::all{});
    if (!now) return "no answer: " + describe(now.error());
    return *now == folded_ ? std::string{} : "what was told is not the answer";
  }
  [[nodiscard]] int begun() const noexcept { return begun_; }
  [[nodiscard]] int told() const noexcept { return told_; }

 private:
  /// False: the watch is over.
  bool drain() {
    for (;;) {
      const auto news = watch_->next(std::chrono::nanoseconds{0});
      if (!news) return false;
      if (!*news) return true;
      ++told_;
      const auto& update = std::get<told_holdings::now_has>(*(*news)->update);
      folded_[update.id] = update.cents;
    }
  }

  std::optional<watching<told_holdings, told_holdings::all>> watch_;
  told_holdings::all::answer folded_;
  int begun_ = 0;
  int told_ = 0;
};

struct heard {
  int begun = 0;
  int told = 0;
  int shown = 0;
  int late = 0;
};

void run_with(std::uint64_t seed, heard& sum) {
  testing::simulation_options options{.fail_writes = 0.03,
                                      .uncertain_writes = 0.01,
                                      .crash_writes = 0.01,
                                      .crashes = 0.002,
                                      .lose_messages = 0.03};
  options.settings.partitions = static_cast<std::uint16_t>(1 + seed % 3);
  options.check_every = 7;
  simulation world{seed, options};
  auto watches = std::make_shared<follower>();
  world.add<account>()
      .build([](builder& node) { node.add_read_model<told_holdings>({.strong = true}); })
      .always([watches](runtime& app) { return watches->look(app); });
  for (int client = 0; client < 3; ++client) {
    const std::string id = "account-" + std::to_string(client);
    world.client([&, id, left = 20](simulated_client& me) mutable {
      const auto cents = me.random().between(1, 100);
      account::command wish = bank::deposit{cents};
      if (left == 20) wish = bank::open{id};
      me.aggregate<account>(id).ask(
          wish,
          {.timeout = std::chrono::milliseconds{500}, .wait_for = cairn::strong},
          [&](const outcome<account>& out) {
            if (!out.accepted()) return;
            ++(out.late().empty() ? sum.shown : sum.late);
          });
      return --left > 0;
    });
  }
  const auto report = world.run();
  ASSERT_TRUE(report.ok()) << describe(report);
  sum.begun += watches->begun();
  sum.told += watches->told();
}

TEST(WatchSimulation, TellsWhatTheAnswerIsAtAnyTimeWhateverCrashesMeanwhile) {
  constexpr int seeds = 60;
  heard sum;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(run_with(seed, sum));
  }
  // Crashes ended watches, and between them things were told.
  EXPECT_GT(sum.begun, seeds * 2);
  EXPECT_GT(sum.told, seeds * 5);
  EXPECT_GT(sum.shown, seeds * 5);
}

}  // namespace
}  // namespace cairn::tests

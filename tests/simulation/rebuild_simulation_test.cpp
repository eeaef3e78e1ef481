#include "support/told_holdings.hpp"

#include "cairn/testing/simulation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

// Building a read model anew beside itself, again and again, while nodes crash, disks fail and
// messages are lost: whoever asks or watches must not notice.

namespace cairn::tests {
namespace {

using bank::account;
using testing::simulated_client;
using testing::simulation;

struct seen {
  int begun = 0;
  int switched = 0;
  int told = 0;
};

/// Rebuilds, and compares the answer with what it is told.
class rebuilder {
 public:
  explicit rebuilder(seen& sum) : sum_(sum) {}

  /// What is wrong, if something is.
  std::string look(runtime& app) {
    if (watch_ && !drain()) watch_.reset();
    const auto now = app.read<told_holdings>().ask(told_holdings::all{});
    if (!now) return "no answer: " + describe(now.error());
    if (!watch_) {
      auto begun = app.watch<told_holdings>(told_holdings::all{}, {.buffer = 1'000'000});
      if (!begun) return "no watch: " + describe(begun.error());
      folded_ = begun->first();
      watch_.emplace(*std::move(begun));
      building_ = false;
    }
    if (*now != folded_) return "what was told is not the answer";
    const auto model = app.read_model<told_holdings>();
    const bool builds = model.status()->rebuild.has_value();
    if (building_ && !builds) ++sum_.switched;
    building_ = builds;
    if (builds) return {};
    const auto answer = model.rebuild();
    if (!answer) return "no rebuild: " + describe(answer.error());
    ++sum_.begun;
    building_ = true;
    return {};
  }

 private:
  /// False: the watch is over.
  bool drain() {
    for (;;) {
      const auto news = watch_->next(std::chrono::nanoseconds{0});
      if (!news) return false;
      if (!*news) return true;
      ++sum_.told;
      const auto& update = std::get<told_holdings::now_has>(*(*news)->update);
      folded_[update.id] = update.cents;
    }
  }

  seen& sum_;
  bool building_ = false;
  std::optional<watching<told_holdings, told_holdings::all>> watch_;
  told_holdings::all::answer folded_;
};

void run_with(std::uint64_t seed, seen& sum) {
  testing::simulation_options options{.fail_writes = 0.03,
                                      .uncertain_writes = 0.01,
                                      .crash_writes = 0.01,
                                      .crashes = 0.001,
                                      .lose_messages = 0.03};
  options.settings.partitions = static_cast<std::uint16_t>(1 + seed % 3);
  options.check_every = 5;
  simulation world{seed, options};
  auto by = std::make_shared<rebuilder>(sum);
  world.add<account>()
      .build([](builder& node) { node.add_read_model<told_holdings>({.strong = true}); })
      .always([by](runtime& app) { return by->look(app); });
  for (int client = 0; client < 3; ++client) {
    const std::string id = "account-" + std::to_string(client);
    world.client([id, left = 20](simulated_client& me) mutable {
      const auto cents = me.random().between(1, 100);
      account::command wish = bank::deposit{cents};
      if (left == 20) wish = bank::open{id};
      me.aggregate<account>(id).ask(
          wish,
          {.timeout = std::chrono::milliseconds{500}, .wait_for = cairn::strong},
          [](const outcome<account>& /*out*/) {});
      return --left > 0;
    });
  }
  const auto report = world.run();
  ASSERT_TRUE(report.ok()) << describe(report);
}

TEST(RebuildSimulation, IsNoticedByNobodyWhateverCrashesMeanwhile) {
  constexpr int seeds = 60;
  seen sum;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_NO_FATAL_FAILURE(run_with(seed, sum));
  }
  EXPECT_GT(sum.begun, seeds * 2);
  EXPECT_GT(sum.switched, seeds);
  EXPECT_GT(sum.told, seeds * 5);
}

}  // namespace
}  // namespace cairn::tests

#include "support/bank_models.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"
#include "cairn/testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

// What an operator does with read models, through the runtime.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using bank::account;
using phase = read_model_status::phase;

/// Like holdings, but refuses deposits of 13 while it is told to.
struct superstitious : holdings {
  static constexpr std::string_view stable_name = "bank.superstitious";
  using holdings::apply;
  static void apply(tables& now, const recorded<bank::deposited>& fact) {
    holdings::apply(now, fact);
    if (afraid && fact->cents == 13) throw std::runtime_error{"bad luck"};
  }
  static inline std::atomic<bool> afraid{true};
};

class ReadModelOfARuntime : public ::testing::Test {
 protected:
  ReadModelOfARuntime() { superstitious::afraid = true; }

  [[nodiscard]] result<runtime> open(read_model_options options,
                                     std::shared_ptr<const clock> time = nullptr) const {
    auto parts = builder{small_store(directory_.path())};
    if (time != nullptr) parts.time_from(std::move(time));
    return std::move(parts.add<account>()
                         .add_read_model<superstitious>(options)
                         .add_read_model<event_count>())
        .start();
  }
  void start(read_model_options options = {}, std::shared_ptr<const clock> time = nullptr) {
    app_.reset();
    auto started = open(options, std::move(time));
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
  }
  position deposit(const std::string& who, std::int64_t cents) {
    auto place = app_->aggregate<account>(who);
    (void)place.ask(bank::open{who});
    return place.ask(bank::deposit{cents}).accepted()->position;
  }
  holdings::all::answer held(read_options options) {
    const auto answer = app_->read<superstitious>(std::move(options)).ask(holdings::all{});
    EXPECT_TRUE(answer) << describe(answer.error());
    return answer ? *answer : holdings::all::answer{};
  }

  temporary_directory directory_;
  std::optional<runtime> app_;
};

TEST_F(ReadModelOfARuntime, ParksWhatItCannotApplyUntilAnOperatorRetries) {
  start({.attempts = 1, .on_failure = failure_policy::park});
  deposit("ann", 13);
  deposit("ann", 5);
  deposit("bob", 6);
  EXPECT_EQ(held({.caught_up = true}), (holdings::all::answer{{"ann", 0}, {"bob", 6}}));
  start({.attempts = 1, .on_failure = failure_policy::park});
  const auto model = app_->read_model<superstitious>();
  EXPECT_EQ(model.dead_letters()->size(), 2U);
  EXPECT_EQ(*model.dead_letter_keys(), (std::vector<dead_letter_count>{{"bank.account/ann", 2}}));
  superstitious::afraid = false;
  EXPECT_EQ(*model.retry_dead_letters(), (dead_letter_report{2, 0}));
  EXPECT_EQ(held({.caught_up = true}), (holdings::all::answer{{"ann", 18}, {"bob", 6}}));
}

TEST_F(ReadModelOfARuntime, IsPausedByNameAlsoOverARestartAndTellsThoseWhoWait) {
  superstitious::afraid = false;
  start();
  deposit("ann", 1);
  (void)held({.caught_up = true});
  ASSERT_TRUE(app_->read_model("bank.superstitious").pause());
  start();
  const auto last = deposit("ann", 2);
  EXPECT_EQ(held({}), (holdings::all::answer{{"ann", 1}}));
  const auto stale = app_->read<superstitious>({.at_least = last}).wait();
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().what, error::code::stale);
  EXPECT_NE(stale.error().detail.find("paused"), std::string::npos) << stale.error().detail;
  EXPECT_EQ(*app_->read<event_count>({.at_least = last}).ask(event_count::all{}), 3U);
  ASSERT_TRUE(app_->read_model("bank.superstitious").resume());
  EXPECT_EQ(held({.at_least = last}), (holdings::all::answer{{"ann", 3}}));
}

TEST_F(ReadModelOfARuntime, IsListedWithAllOthers) {
  start({.attempts = 1});
  deposit("ann", 13);
  (void)app_->read<event_count>({.caught_up = true}).wait();
  (void)app_->read<superstitious>({.caught_up = true}).wait();
  const auto all = app_->read_models();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "bank.superstitious");
  EXPECT_EQ(all[0].now, phase::stopped);
  EXPECT_EQ(all[0].events_behind, 1U);
  EXPECT_EQ(all[1].name, "bank.event_count");
  EXPECT_EQ(all[1].now, phase::running);
}

TEST_F(ReadModelOfARuntime, ThatThereIsNotIsUnknown) {
  start();
  EXPECT_EQ(app_->read_model("nobody").pause().error().what, error::code::unknown_name);
  EXPECT_EQ(app_->read_model<holdings>().status().error().what, error::code::unknown_name);
  EXPECT_EQ(app_->read_model<holdings>().dead_letters().error().what, error::code::unknown_name);
}

TEST_F(ReadModelOfARuntime, HasOptionsThatAreChecked) {
  const auto refused = [this](read_model_options options) {
    const auto started = open(options);
    return !started && started.error().what == error::code::bad_config;
  };
  EXPECT_TRUE(refused({.attempts = 0}));
  EXPECT_TRUE(refused({.retry_delay = -1s}));
  EXPECT_TRUE(refused({.restart = restart_pause{-1s, 1s}}));
  EXPECT_TRUE(refused({.parked_keys_max = 0}));
  EXPECT_TRUE(refused({.parked_per_key_max = 0}));
}

TEST_F(ReadModelOfARuntime, StartsAgainByTheClockOfTheRuntime) {
  const auto time = std::make_shared<testing::manual_clock>();
  start({.attempts = 1, .restart = restart_pause{}}, time);
  deposit("ann", 13);
  EXPECT_EQ(app_->read<superstitious>({.caught_up = true}).wait().error().what,
            error::code::stopped);
  superstitious::afraid = false;
  time->advance(2'300ms);
  EXPECT_EQ(app_->read_model<superstitious>().dead_letter_keys()->size(), 0U);
  EXPECT_EQ(app_->read_model<superstitious>().status()->now, phase::stopped);
  time->advance(1'400ms);
  while (app_->read_model<superstitious>().status()->now == phase::stopped) {
    std::this_thread::yield();
  }
  EXPECT_EQ(held({.caught_up = true}), (holdings::all::answer{{"ann", 13}}));
  EXPECT_EQ(app_->read_model<superstitious>().status()->restarts, 1U);
}

}  // namespace
}  // namespace cairn::tests

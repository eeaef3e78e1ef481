#include "conformance/logbook.hpp"
#include "support/running.hpp"

#include "cairn/cairn.hpp"
#include "cairn/testing/aggregate_kit.hpp"
#include "cairn/testing/journal_probe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// A journal that refuses and fails: the cases of Pekko's suites on rejected and failed persists.

namespace cairn::tests {
namespace {

using testing::aggregate_kit;
using testing::journal_probe;
using write = logbook::write;
using wrote = logbook::wrote;

/// Writes down what each command came to, as interceptors hear it.
class listener final : public interceptor {
 public:
  void after(const intercepted_command& /*wish*/,
             const intercepted_outcome& outcome) noexcept override {
    const std::lock_guard lock{mutex_};
    heard_.emplace_back(outcome.failed ? to_string(outcome.failed->what) : "no failure");
  }
  lines heard() {
    const std::lock_guard lock{mutex_};
    return heard_;
  }

 private:
  std::mutex mutex_;
  lines heard_;
};

class FailingJournal : public ::testing::Test {
 protected:
  ~FailingJournal() override { app_.reset(); }

  void start() {
    auto started = builder{{.in_memory = true, .workers = 1}}
                       .add<logbook>()
                       .journal_from(journal_.source())
                       .intercept(listener_)
                       .log([this](log_level /*level*/, std::string_view line) {
                         log_.put(std::string{line});
                       })
                       .start();
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
  }
  void restart() {
    app_.reset();
    start();
  }
  aggregate_handle<logbook> b() { return app_->aggregate<logbook>("b"); }
  error::code failure_of_writing(const char* line) { return code_of(b().ask(write{{line}})); }
  static error::code code_of(const outcome<logbook>& out) {
    return out.failed() != nullptr ? out.failed()->what : error::code{};
  }
  lines written() { return b().state()->state.lines; }

  journal_probe journal_;
  collected<std::string> log_;
  std::shared_ptr<listener> listener_ = std::make_shared<listener>();
  std::optional<runtime> app_;
};

TEST_F(FailingJournal, TwoRefusedWritesLeaveNothingInTheStateOfTheThird) {
  aggregate_kit<logbook> kit{"b"};
  kit.given(wrote{"1"});
  for (int i = 0; i < 2; ++i) {
    kit.journal().reject_next();
    // The event had been applied before the write, and with it goes the state.
    kit.run(write{{"2"}}).expect_failed(error::code::store_full).expect_state({{"1"}});
  }
  kit.run(write{{"3"}}).expect_events(wrote{"3"}).expect_state({{"1", "3"}});
  kit.restart();
  EXPECT_EQ(kit.now().lines, (lines{"1", "3"}));
}

TEST_F(FailingJournal, WhatWasDecidedOnTopOfARefusedWriteIsDecidedAgain) {
  start();
  ASSERT_TRUE(b().ask(write{{"1"}}).accepted());
  journal_.hold_next();
  journal_.reject_next();
  collected<error::code> answers;
  const auto send = [&](const char* line) {
    b().ask(
        write{{line}}, {}, [&answers](const outcome<logbook>& out) { answers.put(code_of(out)); });
  };
  send("2");
  ASSERT_TRUE(journal_.wait_until_held());
  send("3");
  send("no");
  // Decided by now, since it came after them to the same host; nothing of it is on its way.
  ASSERT_TRUE(app_->aggregate<logbook>("other").ask(write{{"no"}}).rejected());
  journal_.release();
  using enum error::code;
  EXPECT_EQ(answers.wait_for(3), (std::vector<error::code>{store_full, {}, {}}));
  EXPECT_EQ(written(), (lines{"1", "3"}));
  // What comes later rests on nothing of what failed.
  const auto later = b().ask(write{{"2"}}, {.expected = version{2}});
  ASSERT_TRUE(later.accepted()) << describe(*later.failed());
  EXPECT_EQ(later.accepted()->version, version{3});
  restart();
  EXPECT_EQ(written(), (lines{"1", "3", "2"}));
  EXPECT_TRUE(app_->verify());
}

/// Every third group is refused, and the runtime is stopped as soon as all commands are sent.
TEST_F(FailingJournal, AStopAmongRefusedWritesAnswersEverybodyWithWhatIsTrue) {
  start();
  auto groups = std::make_shared<int>(0);
  journal_.fail_when([groups](auto /*events*/) { return ++*groups % 3 == 0; },
                     {error::code::store_full, "every third"});
  constexpr int commands = 3000;
  constexpr int logbooks = 7;
  collected<std::pair<int, error::code>> answers;
  for (int i = 0; i < commands; ++i) {
    app_->aggregate<logbook>("b" + std::to_string(i % logbooks))
        .ask(write{{std::to_string(i)}}, {}, [&answers, i](const outcome<logbook>& out) {
          answers.put({i, code_of(out)});
        });
  }
  EXPECT_TRUE(app_->stop());
  ASSERT_EQ(answers.size(), static_cast<std::size_t>(commands));
  auto all = answers.wait_for(commands);
  std::sort(all.begin(), all.end());
  std::vector<std::vector<wrote>> accepted(logbooks);
  for (int i = 0; i < commands; ++i) {
    const auto& [number, what] = all[static_cast<std::size_t>(i)];
    ASSERT_EQ(number, i);
    if (what == error::code{}) {
      accepted[static_cast<std::size_t>(i % logbooks)].push_back({std::to_string(i)});
    } else {
      EXPECT_EQ(what, error::code::store_full);
    }
  }
  for (int b = 0; b < logbooks; ++b) {
    std::vector<wrote> stored;
    for (const auto& fact : journal_.events_of<logbook>("b" + std::to_string(b)))
      stored.push_back(std::get<wrote>(fact));
    EXPECT_EQ(stored, accepted[static_cast<std::size_t>(b)]) << b;
  }
}

TEST_F(FailingJournal, SenderAndInterceptorsHearOfEachFailedWriteAndOfNoOther) {
  start();
  EXPECT_EQ(failure_of_writing("1"), error::code{});
  journal_.reject_next();
  EXPECT_EQ(failure_of_writing("2"), error::code::store_full);
  EXPECT_EQ(failure_of_writing("3"), error::code{});
  journal_.fail_next({error::code::storage_failed, "the disk is gone"});
  EXPECT_EQ(failure_of_writing("4"), error::code::storage_failed);
  EXPECT_EQ(listener_->heard(),
            (lines{"no failure", "store_full", "no failure", "storage_failed"}));
  EXPECT_EQ(app_->status().failed_groups, 2U);
  EXPECT_EQ(written(), (lines{"1", "3"}));
}

TEST_F(FailingJournal, AFailedDiskTakesNoWritesUntilTheNextStart) {
  start();
  ASSERT_TRUE(b().ask(write{{"1"}}).accepted());
  journal_.fail_next({error::code::storage_failed, "the disk is gone"});
  EXPECT_EQ(failure_of_writing("2"), error::code::storage_failed);
  journal_.heal();
  EXPECT_EQ(failure_of_writing("3"), error::code::storage_failed);
  EXPECT_EQ(written(), lines{"1"});
  restart();
  EXPECT_EQ(failure_of_writing("4"), error::code{});
  EXPECT_EQ(written(), (lines{"1", "4"}));
}

TEST_F(FailingJournal, AReplayThatFailsIsToldWithItsCauseInAnswerStatusAndLog) {
  journal_.persist_for_recovery<logbook>("b", wrote{"1"});
  start();
  journal_.fail_reads({error::code::io_failed, "no reading today"});
  const auto out = b().ask(write{{"2"}});
  ASSERT_EQ(code_of(out), error::code::io_failed);
  EXPECT_NE(out.failed()->detail.find("no reading today"), std::string::npos);
  const auto aside = app_->status().aside;
  ASSERT_EQ(aside.size(), 1U);
  EXPECT_EQ(aside[0].rfind("conformance.logbook/b: ", 0), 0U) << aside[0];
  EXPECT_NE(aside[0].find("no reading today"), std::string::npos) << aside[0];
  int tried_again = 0;
  int put_aside = 0;
  for (const std::string& line : log_.wait_for(3)) {
    if (line.find("no reading today") == line.npos) continue;
    if (line.find("/b could not be woken, and is tried again") != line.npos) ++tried_again;
    if (line.find("/b is put aside") != line.npos) ++put_aside;
  }
  EXPECT_EQ(tried_again, 2);
  EXPECT_EQ(put_aside, 1);
  EXPECT_EQ(journal_.events_of<logbook>("b").size(), 1U);
}

TEST_F(FailingJournal, AnOlderRuntimeWritesNothingBetweenTheEventsOfANewerOne) {
  start();
  ASSERT_TRUE(b().ask(write{{"older"}}).accepted());
  std::optional<runtime> older = std::move(app_);
  start();
  ASSERT_TRUE(b().ask(write{{"newer"}}).accepted());
  EXPECT_EQ(code_of(older->aggregate<logbook>("b").ask(write{{"older"}})), error::code::fenced);
  ASSERT_TRUE(b().ask(write{{"newer"}}).accepted());
  EXPECT_EQ(code_of(older->aggregate<logbook>("c").ask(write{{"older"}})), error::code::fenced);
  older.reset();
  restart();
  EXPECT_EQ(written(), (lines{"older", "newer", "newer"}));
  EXPECT_EQ(journal_.events()->size(), 3U);
  EXPECT_TRUE(app_->verify());
}

/// What a wish beside the events changes must come back when it could not be stored.
TEST_F(FailingJournal, ARemovalThatFailsHidesNothingAndChangesNothing) {
  start();
  ASSERT_TRUE(b().ask(write{{"1", "2", "3"}}).accepted());
  const std::vector<std::function<outcome<logbook>()>> wishes{
      [this] { return b().truncate_before(version{3}); },
      [this] { return b().set_retention({.count_max = 1}); },
      [this] { return b().remove(); },
      [this] {
        return b().tombstone();
      }};
  std::uint64_t at = 3;
  for (const auto& wish : wishes) {
    journal_.reject_next();
    EXPECT_EQ(code_of(wish()), error::code::store_full);
    const auto shown = b().history();
    ASSERT_TRUE(shown) << describe(shown.error());
    EXPECT_EQ(shown->size(), at);
    EXPECT_FALSE(b().state()->removed);
    EXPECT_EQ(written().size(), at);
    // The running aggregate has not forgotten anything either.
    EXPECT_EQ(code_of(b().ask(write{}, {.expected = expectation::none()})), error::code::conflict);
    const auto more = b().ask(write{{"more"}}, {.expected = version{at}});
    ASSERT_TRUE(more.accepted()) << describe(*more.failed());
    EXPECT_EQ(more.accepted()->version.value, at + 1);
    ++at;
  }
  restart();
  EXPECT_EQ(written().size(), at);
  EXPECT_EQ(b().history()->size(), at);
}

}  // namespace
}  // namespace cairn::tests

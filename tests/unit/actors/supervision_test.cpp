#include "support/journal_and_host.hpp"
#include "support/notebook.hpp"

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;

class Supervision : public journal_and_host<notebook> {
 protected:
  ~Supervision() override { notebook::is_illegible = false; }

  static actors::host_options quick() {
    actors::host_options made;
    made.wake_pause_first = 1ms;
    made.wake_pause_max = 5ms;
    return made;
  }
  void write(const std::string& id, const std::string& text) {
    ASSERT_TRUE(ask(id, notebook::write{text}).accepted());
  }
};

TEST_F(Supervision, WhatCannotBeReadIsTriedAgainWhileItsCommandsWait) {
  start(quick());
  write("a", "one");
  start_again(quick());
  failing_reads_ = 2;
  const auto out = ask("a", notebook::write{"two"});
  ASSERT_TRUE(out.accepted()) << describe(*out.failed());
  EXPECT_EQ(out.accepted()->version, version{2});
}

TEST_F(Supervision, AfterSomeAttemptsItsCommandsAreAnsweredWithTheReason) {
  start(quick());
  write("a", "one");
  auto patient = quick();
  patient.wake_pause_max = 1h;
  start_again(patient);
  failing_reads_ = 3;
  const auto out = ask("a", notebook::write{"two"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::io_failed);
  const auto next = ask("a", notebook::write{"two"});
  ASSERT_TRUE(next.failed());
  EXPECT_GT(next.failed()->retry_after, 1min);
  ASSERT_EQ(host_->aside().size(), 1U);
  EXPECT_EQ(host_->aside()[0].aggregate_id, "a");
  // The others go on.
  write("b", "one");
}

TEST_F(Supervision, ItIsTriedOnceMoreAfterALongerPause) {
  start(quick());
  write("a", "one");
  start_again(quick());
  failing_reads_ = 3;
  ASSERT_TRUE(ask("a", notebook::write{"two"}).failed());
  // Each attempt is answered at once, until the pause is over.
  for (;;) {
    const auto out = ask("a", notebook::write{"two"});
    if (out.accepted() == nullptr) continue;
    EXPECT_EQ(out.accepted()->version, version{2});
    break;
  }
  EXPECT_TRUE(host_->aside().empty());
}

TEST_F(Supervision, AnEventThatEvolveRefusesPutsThatAggregateAsideAndNoOther) {
  start(quick());
  write("a", "scrawl");
  write("b", "print");
  notebook::is_illegible = true;
  start_again(quick());
  const auto out = ask("a", notebook::write{"more"});
  ASSERT_TRUE(out.failed());
  EXPECT_EQ(out.failed()->what, error::code::put_aside);
  EXPECT_NE(out.failed()->detail.find("notebook/a version 1 (written)"), std::string::npos);
  EXPECT_EQ(out.failed()->retry_after, 0ns);
  ASSERT_EQ(host_->aside().size(), 1U);
  write("b", "more");
}

TEST_F(Supervision, MemoryOfThoseAwakeStaysBelowItsBound) {
  auto small = quick();
  small.awake_bytes_max = 200'000;
  start(small);
  const std::string page(5'000, 'x');
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i)
      write(std::to_string(i), page);
  }
  // One more than the bound is awake while it is in use.
  EXPECT_LE(host_->counters().awake_bytes.load(), 220'000U);
  EXPECT_GT(host_->counters().awake.load(), 5U);
  EXPECT_LT(host_->counters().awake.load(), 45U);
  EXPECT_GE(host_->counters().put_to_sleep.load(), 150U);
}

TEST_F(Supervision, AnAggregateThatGrowsIsWeighedAgain) {
  auto large = quick();
  large.awake_bytes_max = 1'000'000'000;
  start(large);
  write("a", "x");
  const auto before = host_->counters().awake_bytes.load();
  for (int i = 0; i < 200; ++i)
    write("a", std::string(1000, 'x'));
  EXPECT_GT(host_->counters().awake_bytes.load(), before + 100'000);
}

}  // namespace
}  // namespace cairn::tests

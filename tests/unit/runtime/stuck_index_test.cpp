#include "support/account.hpp"
#include "support/stuck_index_log.hpp"

#include "cairn/cairn.hpp"
#include "cairn/testing/manual_clock.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace cairn {
namespace {

using bank::account;
using bank::deposit;
using bank::open;
using namespace std::chrono_literals;

/// What waits for an index that does not come forward waits no longer than it was told.
class StuckIndex : public ::testing::Test {
 protected:
  ~StuckIndex() override {
    gate_.open();
    app_.reset();
  }

  /// With two events of ann, of which the index knows the first.
  void start() {
    auto started =
        builder{{.in_memory = true}}
            .add<account>()
            .time_from(time_)
            .journal_from([this](partition_id) -> result<std::unique_ptr<persistence::block_log>> {
              return std::unique_ptr<persistence::block_log>{
                  std::make_unique<tests::stuck_index_log>(persistence::make_memory_log(), gate_)};
            })
            .start();
    ASSERT_TRUE(started) << describe(started.error());
    app_.emplace(*std::move(started));
    ASSERT_TRUE(ann().ask(open{"ann"}).accepted());
    ASSERT_EQ(ann().history()->size(), 1U);
    gate_.shut();
    ASSERT_TRUE(ann().ask(deposit{1}).accepted());
  }
  aggregate_handle<account> ann() { return app_->aggregate<account>("ann"); }
  template <class T> static error::code code_of(const result<T>& what) {
    return what ? error::code{} : what.error().what;
  }

  tests::index_gate gate_;
  // Stands still: those who block go by the machine's time.
  std::shared_ptr<testing::manual_clock> time_ = std::make_shared<testing::manual_clock>();
  std::optional<runtime> app_;
};

TEST_F(StuckIndex, HoldsUpAPageOfEventsNoLongerThanItsTimeout) {
  start();
  EXPECT_EQ(code_of(app_->events({.timeout = 5ms})), error::code::timed_out);
  EXPECT_EQ(code_of(app_->events({.category = "bank.account", .timeout = 5ms})),
            error::code::timed_out);
  gate_.open();
  const auto page = app_->events({});
  ASSERT_TRUE(page) << describe(page.error());
  EXPECT_EQ(page->events.size(), 2U);
}

TEST_F(StuckIndex, HoldsUpAHistoryNoLongerThanItsTimeout) {
  start();
  EXPECT_EQ(code_of(ann().history(history_options{.timeout = 5ms})), error::code::timed_out);
  gate_.open();
  EXPECT_EQ(ann().history()->size(), 2U);
}

TEST_F(StuckIndex, HoldsUpAStateNoLongerThanItsTimeout) {
  start();
  EXPECT_EQ(code_of(ann().state({.timeout = 5ms})), error::code::timed_out);
  EXPECT_EQ(code_of(ann().state_at(version{1}, {.timeout = 5ms})), error::code::timed_out);
  gate_.open();
  EXPECT_EQ(ann().state()->state.balance_cents, 1);
}

}  // namespace
}  // namespace cairn

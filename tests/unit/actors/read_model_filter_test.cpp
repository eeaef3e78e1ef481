#include "support/read_model_fixture.hpp"

#include <map>
#include <stdexcept>

namespace cairn::tests {
namespace {

using sum = how_much::sum;

/// What some accounts hold, those of one bank by the beginning of their ids.
struct totals_of_north : totals {
  static constexpr std::string_view stable_name = "test.totals_of_north";
  static bool wants(const cairn::event_metadata& meta) {
    if (meta.aggregate_id == "odd") throw std::runtime_error{"what is this?"};
    return meta.aggregate_id.starts_with("north/");
  }
};

/// The same on disk.
struct balances_of_north : balances {
  static constexpr std::string_view stable_name = "test.balances_of_north";
  static bool wants(const cairn::event_metadata& meta) {
    return meta.aggregate_id.starts_with("north/");
  }
};

/// Writes down what a filter is shown.
struct seen_by_filter : totals {
  static constexpr std::string_view stable_name = "test.seen_by_filter";
  static bool wants(const cairn::event_metadata& meta) {
    lines.push_back(std::string{meta.event_type} + " v" + std::to_string(meta.version.value) +
                    " @" + std::to_string(meta.position.offset) + " " +
                    std::string{meta.correlation_id});
    return false;
  }
  static inline std::vector<std::string> lines;
};

class ReadModelFilter : public read_model_fixture {};

TEST_F(ReadModelFilter, LetsOnlyWhatIsWantedThrough) {
  open_journals(1);
  auto memory = run<totals_of_north>(quick());
  auto tables = run<balances_of_north>(quick());
  write("north/ann", {opened{"Ann"}, deposited{5}});
  write("south/bob", {opened{"Bob"}, deposited{70}});
  const auto last = write("north/ann", {deposited{6}});
  EXPECT_EQ(*memory->read({.at_least = last}).ask(how_much{}), (sum{11, 2}));
  const auto rows = tables->read({.at_least = last});
  EXPECT_EQ(*rows.ask(balance_of{"north/ann"}), (balance_of::balance{11, 3}));
  EXPECT_EQ(*rows.ask(balance_of{"south/bob"}), (balance_of::balance{0, 0}));
  EXPECT_EQ(memory->runner->status().events_applied, 2U);
  EXPECT_EQ(tables->runner->status().events_applied, 3U);
  stop(memory);
  stop(tables);
}

TEST_F(ReadModelFilter, PassesOverWhatIsNotWantedWithoutLag) {
  open_journals(1);
  auto model = run<balances_of_north>(quick());
  const auto last = write("south/bob", {opened{"Bob"}, deposited{70}});
  ASSERT_TRUE(model->read({.at_least = last}).wait());
  EXPECT_EQ(model->runner->checkpoints(), std::vector<position>{last});
  EXPECT_EQ(model->runner->status().events_behind, 0U);
  EXPECT_EQ(model->runner->status().events_applied, 0U);
  stop(model);
  EXPECT_EQ(*open_view<balances_of_north>()->checkpoints(),
            persistence::checkpoint_list{last.offset})
      << "a restart does not look at them again";
}

TEST_F(ReadModelFilter, IsAskedBeforeThePayloadIsRead) {
  open_journals(1);
  auto model = run<seen_by_filter>(quick());
  write("ann", {opened{"Ann"}});
  const auto last = write("ann", {opened{"again"}, deposited{6}});
  ASSERT_TRUE(model->read({.at_least = last}).wait());
  // Of its sources only: there is no "test.opened".
  EXPECT_EQ(seen_by_filter::lines, std::vector<std::string>{"test.deposited v3 @3 request-7"});
  stop(model);
}

TEST_F(ReadModelFilter, ThatThrowsStopsTheModelAtThatEvent) {
  open_journals(1);
  auto model = run<totals_of_north>(quick());
  const auto good = write("north/ann", {deposited{5}});
  ASSERT_TRUE(model->read({.at_least = good}).wait());
  const auto last = write("odd", {deposited{7}});
  const auto waited = model->read({.at_least = last}).wait();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().what, error::code::stopped);
  EXPECT_NE(waited.error().detail.find("what is this?"), std::string::npos)
      << waited.error().detail;
  EXPECT_EQ(model->runner->checkpoints(), std::vector<position>{good});
  stop(model);
}

}  // namespace
}  // namespace cairn::tests

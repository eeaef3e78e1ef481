#include "read_models/restart_delay.hpp"
#include "support/faulty_models.hpp"

// What becomes of a read model whose event fails: stop, skip, start again.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using phase = read_model_status::phase;

class FailurePolicy : public faulty_model_fixture {};

template <class M> class FailurePolicyOf : public faulty_model_fixture {};
using both = ::testing::Types<fallible_tables, fallible_state>;
TYPED_TEST_SUITE(FailurePolicyOf, both);

TYPED_TEST(FailurePolicyOf, SkipsWhatFailsAndCountsIt) {
  this->open_journals(1);
  fault_plan::refuse(13);
  fault_plan::refuse(14);
  this->write("ann", {deposited{1}, deposited{13}, deposited{2}, deposited{14}, deposited{3}});
  auto model = this->template run<TypeParam>(this->skipping());
  EXPECT_EQ(this->show(*model, "ann"), "1 2 3 ");
  const auto now = model->runner->status();
  EXPECT_EQ(now.now, phase::running);
  EXPECT_EQ(now.events_skipped, 2U);
  EXPECT_EQ(now.events_applied, 3U);
  EXPECT_EQ(now.events_behind, 0U);
  EXPECT_NE(now.last_error->detail.find("no deposits of 14"), std::string::npos);
  EXPECT_EQ(this->log_.count("has skipped the event at offset 2 of partition 0"), 1);
  this->stop(model);
  fault_plan::mend();
  model = this->template run<TypeParam>(this->skipping());
  EXPECT_EQ(this->show(*model, "ann"), "1 2 3 ");
  this->stop(model);
}

TYPED_TEST(FailurePolicyOf, TriesAsOftenAsItSaysBeforeItSkips) {
  this->open_journals(1);
  fault_plan::refuse(13, 2);
  fault_plan::refuse(14, 3);
  this->write("ann", {deposited{13}, deposited{14}, deposited{1}});
  auto options = this->skipping();
  options.attempts = 3;
  auto model = this->template run<TypeParam>(options);
  EXPECT_EQ(this->show(*model, "ann"), "13 1 ");
  EXPECT_EQ(model->runner->status().events_skipped, 1U);
  EXPECT_EQ(this->log_.count("will try again"), 4);
  this->stop(model);
}

TYPED_TEST(FailurePolicyOf, StartsAgainAfterAPauseUntilItIsMended) {
  this->open_journals(1);
  fault_plan::refuse(13, 5);
  this->write("ann", {deposited{1}, deposited{13}, deposited{2}});
  auto options = this->quick();
  options.attempts = 1;
  options.restart = restart_pause{1ms, 4ms};
  auto model = this->template run<TypeParam>(options);
  this->await([&] { return model->runner->status().checkpoints[0].offset == 3; });
  EXPECT_EQ(this->show(*model, "ann"), "1 13 2 ");
  const auto now = model->runner->status();
  EXPECT_EQ(now.now, phase::running);
  EXPECT_EQ(now.restarts, 5U);
  EXPECT_FALSE(now.stopped_on.has_value());
  EXPECT_TRUE(now.last_error.has_value());
  EXPECT_EQ(now.events_applied, 3U);
  this->stop(model);
}

TYPED_TEST(FailurePolicyOf, GoesOnWhenItIsResumedAfterAStop) {
  this->open_journals(1);
  fault_plan::refuse(13);
  this->write("ann", {deposited{1}, deposited{13}, deposited{2}});
  auto model = this->template run<TypeParam>(this->quick());
  EXPECT_EQ(this->settle(*model).error().what, error::code::stopped);
  EXPECT_EQ(this->phase_of(*model), phase::stopped);
  fault_plan::mend();
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_EQ(this->show(*model, "ann"), "1 13 2 ");
  EXPECT_EQ(model->runner->status().restarts, 0U);
  EXPECT_EQ(this->phase_of(*model), phase::running);
  this->stop(model);
}

TEST_F(FailurePolicy, WithoutRepeatsStillStoresWhatIsBeforeTheEvent) {
  open_journals(1);
  fault_plan::refuse(13);
  write("ann", {deposited{1}, deposited{2}, deposited{13}, deposited{3}});
  auto options = quick();
  options.attempts = 1;
  auto model = run<fallible_tables>(options);
  EXPECT_EQ(settle(*model).error().what, error::code::stopped);
  EXPECT_EQ(log_.count("will try again"), 0);
  stop(model);
  EXPECT_EQ(*open_view<fallible_tables>()->checkpoints(), persistence::checkpoint_list{2});
}

TEST_F(FailurePolicy, APauseBeforeAStartEndsWithTheProcess) {
  open_journals(1);
  fault_plan::refuse(13);
  write("ann", {deposited{13}});
  auto options = quick();
  options.attempts = 1;
  options.restart = restart_pause{1h, 1h};
  auto model = run<fallible_tables>(options);
  EXPECT_EQ(settle(*model).error().what, error::code::stopped);
  stop(model);
}

TEST_F(FailurePolicy, TroubleOfTheStorageIsNoReasonToSkipOrPark) {
  open_journals(1);
  write("ann", {deposited{1}});
  struct full final : persistence::view {
    explicit full(std::shared_ptr<view> of) : real(std::move(of)) {}
    result<persistence::checkpoint_list> checkpoints() const override {
      return real->checkpoints();
    }
    result<std::unique_ptr<persistence::view_batch>> begin() override {
      if (left-- > 0) return error{error::code::store_full, "for a test"};
      return real->begin();
    }
    result<std::unique_ptr<persistence::view_reader>> read() const override { return real->read(); }
    result<void> save_state(byte_view state,
                            std::uint32_t schema_version,
                            const persistence::checkpoint_list& reached) override {
      return real->save_state(state, schema_version, reached);
    }
    result<std::optional<persistence::saved_state>> load_state() const override {
      return real->load_state();
    }
    result<void> clear() override { return real->clear(); }
    result<void> remove_older_versions() override { return {}; }
    std::shared_ptr<view> real;
    std::atomic<int> left{9};
  };
  for (const failure_policy policy : {failure_policy::skip, failure_policy::park}) {
    auto options = quick();
    options.retry_delay = 1us;
    options.attempts = 1;
    options.on_failure = policy;
    auto model =
        run_on<fallible_tables>(std::make_shared<full>(open_view<fallible_tables>()), options);
    EXPECT_EQ(show(*model, "ann"), "1 ");
    EXPECT_EQ(model->runner->status().events_skipped, 0U);
    EXPECT_EQ(model->runner->status().events_parked, 0U);
    EXPECT_EQ(model->runner->status().last_error->what, error::code::store_full);
    ASSERT_TRUE(model->runner->reset().has_value());
    drop(model);
    std::filesystem::remove_all(directory_.path() / "views");
  }
}

TEST(RestartDelay, DoublesUpToTheLongestAndIsAFifthMoreOrLess) {
  const restart_pause pause{3s, 30s};
  const std::vector<std::chrono::seconds> expected{3s, 6s, 12s, 24s, 30s, 30s};
  std::chrono::nanoseconds shortest = 1h;
  std::chrono::nanoseconds longest = 0s;
  for (unsigned stops = 1; stops <= expected.size(); ++stops) {
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
      const auto delay = actors::restart_delay(pause, stops, "model", seed);
      const std::chrono::nanoseconds middle = expected[stops - 1];
      ASSERT_GE(delay, middle * 4 / 5);
      ASSERT_LE(delay, middle * 6 / 5);
      if (stops != 1) continue;
      shortest = std::min(shortest, delay);
      longest = std::max(longest, delay);
    }
  }
  EXPECT_LT(shortest, 2'500ms);
  EXPECT_GT(longest, 3'500ms);
  EXPECT_NE(actors::restart_delay(pause, 1, "one", 7), actors::restart_delay(pause, 1, "other", 7));
  EXPECT_EQ(actors::restart_delay({0s, 0s}, 9, "one", 7), 0s);
}

}  // namespace
}  // namespace cairn::tests

#include "support/faulty_models.hpp"

// What operators do with a running read model.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using phase = read_model_status::phase;
using balance = balance_of::balance;

class ReadModelControl : public faulty_model_fixture {};

template <class M> class ReadModelControlOf : public faulty_model_fixture {};
using both = ::testing::Types<fallible_tables, fallible_state>;
TYPED_TEST_SUITE(ReadModelControlOf, both);

TYPED_TEST(ReadModelControlOf, APausedModelAppliesNothingAlsoAfterARestart) {
  this->open_journals(1);
  auto model = this->template run<TypeParam>(this->quick());
  this->write("ann", {deposited{1}});
  ASSERT_TRUE(this->settle(*model).has_value());
  ASSERT_TRUE(model->runner->pause().has_value());
  ASSERT_TRUE(model->runner->pause().has_value());
  const auto later = this->write("ann", {deposited{2}});
  EXPECT_EQ(*model->read().ask(deposits_of{"ann"}), "1 ");
  this->stop(model);
  model = this->template run<TypeParam>(this->quick());
  EXPECT_EQ(this->phase_of(*model), phase::paused);
  EXPECT_EQ(*model->read().ask(deposits_of{"ann"}), "1 ");
  const auto refused = model->read({.at_least = later, .timeout = 1h}).wait();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, error::code::stale);
  EXPECT_NE(refused.error().detail.find("is paused"), std::string::npos) << refused.error().detail;
  EXPECT_EQ(model->runner->status().events_behind, 1U);
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_EQ(this->show(*model, "ann"), "1 2 ");
  EXPECT_EQ(this->phase_of(*model), phase::running);
  this->drop(model);
  model = this->template run<TypeParam>(this->quick());
  EXPECT_EQ(this->show(*model, "ann"), "1 2 ");
  this->stop(model);
}

TYPED_TEST(ReadModelControlOf, APauseSurvivesTheDeathOfTheProcessAndAReset) {
  this->open_journals(1);
  auto model = this->template run<TypeParam>(this->quick());
  this->write("ann", {deposited{1}});
  ASSERT_TRUE(this->settle(*model).has_value());
  ASSERT_TRUE(model->runner->pause().has_value());
  ASSERT_TRUE(model->runner->reset().has_value());
  this->drop(model);
  model = this->template run<TypeParam>(this->quick());
  EXPECT_EQ(this->phase_of(*model), phase::paused);
  EXPECT_EQ(*model->read().ask(deposits_of{"ann"}), "");
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_EQ(this->show(*model, "ann"), "1 ");
  this->stop(model);
}

TYPED_TEST(ReadModelControlOf, AResetBeginsFromNothing) {
  this->open_journals(2);
  auto model = this->template run<TypeParam>(this->quick());
  this->write("ann", {deposited{1}, deposited{2}});
  this->write("bob", {deposited{3}}, 1);
  ASSERT_TRUE(this->settle(*model).has_value());
  ASSERT_TRUE(model->runner->reset().has_value());
  EXPECT_EQ(this->show(*model, "ann"), "1 2 ");
  EXPECT_EQ(this->show(*model, "bob"), "3 ");
  EXPECT_EQ(model->runner->status().events_applied, 6U);
  this->stop(model);
}

TYPED_TEST(ReadModelControlOf, AResetMakesAStoppedModelGood) {
  this->open_journals(1);
  fault_plan::refuse(13);
  this->write("ann", {deposited{1}, deposited{13}});
  auto model = this->template run<TypeParam>(this->quick());
  EXPECT_EQ(this->settle(*model).error().what, error::code::stopped);
  fault_plan::mend();
  ASSERT_TRUE(model->runner->reset().has_value());
  EXPECT_EQ(this->show(*model, "ann"), "1 13 ");
  EXPECT_FALSE(model->runner->status().stopped_on.has_value());
  this->stop(model);
}

TEST_F(ReadModelControl, ForwardsACheckpointPassesEventsOverAndBackwardsTheyAreAppliedOnceMore) {
  open_journals(1);
  auto model = run<fallible_tables>(quick());
  write("ann", {deposited{1}, deposited{2}});
  ASSERT_TRUE(settle(*model).has_value());
  ASSERT_TRUE(model->runner->pause().has_value());
  write("ann", {deposited{3}, deposited{4}});
  ASSERT_TRUE(model->runner->set_checkpoint(std::vector{position{{0}, 3}}).has_value());
  EXPECT_EQ(model->runner->status().events_behind, 1U);
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_EQ(show(*model, "ann"), "1 2 4 ");
  ASSERT_TRUE(model->runner->pause().has_value());
  ASSERT_TRUE(model->runner->set_checkpoint(std::vector{position{{0}, 2}}).has_value());
  drop(model);
  model = run<fallible_tables>(quick());
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_EQ(show(*model, "ann"), "1 2 4 3 4 ");
  stop(model);
}

TEST_F(ReadModelControl, ACheckpointGetsAStoppedModelPastTheEventItCannotApply) {
  open_journals(2);
  fault_plan::refuse(13);
  auto model = run<fallible_tables>(quick());
  write("bob", {deposited{7}}, 1);
  write("ann", {deposited{1}, deposited{13}, deposited{2}});
  EXPECT_EQ(settle(*model).error().what, error::code::stopped);
  ASSERT_TRUE(model->runner->pause().has_value());
  EXPECT_EQ(phase_of(*model), phase::paused);
  EXPECT_TRUE(model->runner->status().stopped_on.has_value());
  ASSERT_TRUE(model->runner->set_checkpoint(std::vector{position{{0}, 2}}).has_value());
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_EQ(show(*model, "ann"), "1 2 ");
  EXPECT_EQ(show(*model, "bob"), "7 ");
  stop(model);
}

TEST_F(ReadModelControl, LettersBehindACheckpointThatIsSetBackComeAgain) {
  open_journals(1);
  fault_plan::refuse(13);
  auto model = run<fallible_tables>(parking());
  write("ann", {deposited{1}, deposited{13}, deposited{2}});
  ASSERT_TRUE(settle(*model).has_value());
  ASSERT_TRUE(model->runner->pause().has_value());
  ASSERT_TRUE(model->runner->set_checkpoint(std::vector{position{{0}, 1}}).has_value());
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_EQ(show(*model, "ann"), "1 ");
  EXPECT_EQ(offsets(*model), (std::vector<std::uint64_t>{2, 3}));
  stop(model);
}

TEST_F(ReadModelControl, ACheckpointIsRefusedUnlessItMakesSense) {
  open_journals(1);
  write("ann", {deposited{1}});
  auto tables = run<fallible_tables>(quick());
  auto memory = run<fallible_state>(quick());
  ASSERT_TRUE(settle(*tables).has_value());
  ASSERT_TRUE(settle(*memory).has_value());
  const auto refused = [](auto& model, position to) {
    const auto done = model->runner->set_checkpoint(std::vector{to});
    return !done && done.error().what == error::code::bad_input;
  };
  EXPECT_TRUE(refused(tables, {{0}, 0})) << "it is not paused";
  ASSERT_TRUE(tables->runner->pause().has_value());
  EXPECT_TRUE(refused(tables, {{0}, 2})) << "there is no such event";
  EXPECT_TRUE(refused(tables, {{1}, 0})) << "there is no such partition";
  ASSERT_TRUE(memory->runner->pause().has_value());
  EXPECT_TRUE(refused(memory, {{0}, 1})) << "it is kept in memory";
  EXPECT_TRUE(memory->runner->set_checkpoint(std::vector{position{{0}, 0}}).has_value());
  EXPECT_EQ(*memory->read().ask(deposits_of{"ann"}), "");
  stop(tables);
  stop(memory);
}

TEST_F(ReadModelControl, IsRefusedOnceTheModelShutsDown) {
  open_journals(1);
  auto model = run<fallible_tables>(quick());
  model->heard.reset();
  model->runner->stop();
  EXPECT_EQ(model->runner->pause().error().what, error::code::shutting_down);
  EXPECT_EQ(model->runner->dead_letters({}).error().what, error::code::shutting_down);
}

TEST_F(ReadModelControl, ManyOperatorsAtATimeAreServedOneAfterTheOther) {
  open_journals(1);
  auto model = run<fallible_tables>(quick());
  std::vector<std::thread> operators;
  for (int i = 0; i < 4; ++i) {
    operators.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        EXPECT_TRUE(model->runner->pause().has_value());
        EXPECT_TRUE(model->runner->dead_letter_keys().has_value());
        EXPECT_TRUE(model->runner->resume().has_value());
      }
    });
  }
  std::string in_order;
  for (int cents = 1; cents <= 50; ++cents) {
    write("ann", {deposited{cents}});
    in_order += std::to_string(cents) + " ";
  }
  for (std::thread& one : operators) {
    one.join();
  }
  EXPECT_EQ(show(*model, "ann"), in_order);
  stop(model);
}

TEST_F(ReadModelControl, LagCountsAllPartitionsAndTheOldestEventOfThem) {
  open_journals(2);
  auto model = run<balances>(quick());
  clock_.set(10s);
  write("ann", {deposited{1}}, 0);
  write("bob", {deposited{1}}, 1);
  ASSERT_TRUE(settle(*model).has_value());
  EXPECT_EQ(model->runner->status().time_behind, 0s);
  ASSERT_TRUE(model->runner->pause().has_value());
  clock_.set(20s);
  write("bob", {deposited{1}, deposited{2}}, 1);
  clock_.set(50s);
  write("ann", {deposited{1}}, 0);
  clock_.set(60s);
  const auto now = model->runner->status();
  EXPECT_EQ(now.now, phase::paused);
  EXPECT_EQ(now.events_behind, 3U);
  EXPECT_EQ(now.time_behind, 40s);
  stop(model);
}

TEST_F(ReadModelControl, WhatIsParkedIsNotBehindAndWhatAStoppedModelHasNotAppliedIs) {
  open_journals(2);
  fault_plan::refuse(13);
  clock_.set(10s);
  auto parked = run<fallible_tables>(parking());
  write("ann", {deposited{13}, deposited{1}}, 0);
  ASSERT_TRUE(settle(*parked).has_value());
  clock_.set(60s);
  EXPECT_EQ(parked->runner->status().events_behind, 0U);
  EXPECT_EQ(parked->runner->status().time_behind, 0s);
  EXPECT_EQ(parked->runner->status().events_parked, 2U);
  auto stopped = run<fallible_state>(quick());
  EXPECT_FALSE(settle(*stopped).has_value());
  write("bob", {deposited{1}}, 1);
  EXPECT_EQ(stopped->runner->status().events_behind, 3U);
  EXPECT_EQ(stopped->runner->status().time_behind, 50s);
  stop(parked);
  stop(stopped);
}

}  // namespace
}  // namespace cairn::tests

#include "support/faulty_models.hpp"

// Events that a read model cannot apply, parked with all that follow them.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using counts = std::vector<dead_letter_count>;
using places = std::vector<std::uint64_t>;

class DeadLetters : public faulty_model_fixture {};

/// The same for tables and for a state in memory.
template <class M> class DeadLettersOf : public faulty_model_fixture {};
using both = ::testing::Types<fallible_tables, fallible_state>;
TYPED_TEST_SUITE(DeadLettersOf, both);

TYPED_TEST(DeadLettersOf, HoldBackLaterEventsOfTheirKeyWhileOthersGoOn) {
  this->open_journals(1);
  fault_plan::refuse(13);
  this->write("ann", {deposited{1}, deposited{13}, deposited{2}});
  this->write("bob", {deposited{3}});
  this->write("ann", {deposited{4}});
  auto model = this->template run<TypeParam>(this->parking());
  EXPECT_EQ(this->show(*model, "ann"), "1 ");
  EXPECT_EQ(this->show(*model, "bob"), "3 ");
  const auto now = model->runner->status();
  EXPECT_NE(now.now, read_model_status::phase::stopped);
  EXPECT_EQ(now.events_behind, 0U);
  EXPECT_EQ(now.events_parked, 3U);
  EXPECT_EQ(now.keys_parked, 1U);
  EXPECT_EQ(now.events_applied, 2U);
  ASSERT_TRUE(now.last_error.has_value());
  EXPECT_EQ(now.last_error->what, error::code::user_code_threw);
  EXPECT_EQ(this->log_.count("has parked test.deposited at offset 2 of partition 0"), 1);
  this->stop(model);
}

TYPED_TEST(DeadLettersOf, AreAppliedInTheirOrderOnceTheyCanBe) {
  this->open_journals(1);
  fault_plan::refuse(13);
  this->write("ann", {deposited{1}, deposited{13}, deposited{2}, deposited{3}});
  auto model = this->template run<TypeParam>(this->parking());
  ASSERT_TRUE(this->settle(*model).has_value());
  fault_plan::mend();
  EXPECT_EQ(*model->runner->retry_dead_letters({}), (dead_letter_report{3, 0}));
  this->write("ann", {deposited{4}});
  EXPECT_EQ(this->show(*model, "ann"), "1 13 2 3 4 ");
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  EXPECT_EQ(model->runner->status().events_applied, 5U);
  this->stop(model);
  // They are not applied once more.
  model = this->template run<TypeParam>(this->parking());
  EXPECT_EQ(this->show(*model, "ann"), "1 13 2 3 4 ");
  EXPECT_EQ(model->runner->status().events_applied, 0U);
  this->stop(model);
}

TYPED_TEST(DeadLettersOf, ThatFailAgainStayWithOneMoreAttemptAndWhatIsBeforeThemIsApplied) {
  this->open_journals(1);
  fault_plan::refuse(13);
  fault_plan::refuse(14);
  this->write("ann", {deposited{13}, deposited{2}, deposited{14}, deposited{3}});
  auto model = this->template run<TypeParam>(this->parking());
  ASSERT_TRUE(this->settle(*model).has_value());
  EXPECT_EQ(*model->runner->retry_dead_letters("test.account/ann"), (dead_letter_report{0, 4}));
  EXPECT_EQ(model->runner->dead_letters({})->front().attempts, 3U);
  this->stop(model);
  model = this->template run<TypeParam>(this->parking());
  EXPECT_EQ(model->runner->dead_letters({})->front().attempts, 3U);
  fault_plan::refuse(13, 0);
  EXPECT_EQ(*model->runner->retry_dead_letters("test.account/ann"), (dead_letter_report{2, 2}));
  EXPECT_EQ(this->show(*model, "ann"), "13 2 ");
  const auto left = *model->runner->dead_letters({});
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].position.offset, 3U);
  EXPECT_EQ(left[0].attempts, 1U);
  EXPECT_NE(left[0].why.find("no deposits of 14"), std::string::npos) << left[0].why;
  EXPECT_EQ(left[1].attempts, 0U);
  this->stop(model);
  model = this->template run<TypeParam>(this->parking());
  EXPECT_EQ(*model->runner->dead_letters({}), left);
  EXPECT_EQ(this->show(*model, "ann"), "13 2 ");
  this->stop(model);
}

TYPED_TEST(DeadLettersOf, SurviveARestartAndHoldBackWhatComesAfterIt) {
  this->open_journals(1);
  fault_plan::refuse(13);
  this->write("ann", {deposited{1}, deposited{13}});
  auto model = this->template run<TypeParam>(this->parking());
  ASSERT_TRUE(this->settle(*model).has_value());
  const auto before = *model->runner->dead_letters({});
  this->stop(model);
  fault_plan::mend();
  model = this->template run<TypeParam>(this->parking());
  EXPECT_EQ(model->runner->status().events_parked, 1U);
  EXPECT_EQ(*model->runner->dead_letters({}), before);
  this->write("ann", {deposited{2}});
  EXPECT_EQ(this->show(*model, "ann"), "1 ");
  EXPECT_EQ(this->offsets(*model), (places{2, 3}));
  EXPECT_EQ(*model->runner->retry_dead_letters({}), (dead_letter_report{2, 0}));
  EXPECT_EQ(this->show(*model, "ann"), "1 13 2 ");
  this->stop(model);
}

TYPED_TEST(DeadLettersOf, AreThereAgainAfterTheProcessDied) {
  this->open_journals(1);
  fault_plan::refuse(13);
  this->write("ann", {deposited{1}, deposited{13}, deposited{2}});
  auto model = this->template run<TypeParam>(this->parking());
  ASSERT_TRUE(this->settle(*model).has_value());
  this->drop(model);
  model = this->template run<TypeParam>(this->parking());
  EXPECT_EQ(this->show(*model, "ann"), "1 ");
  EXPECT_EQ(this->offsets(*model), (places{2, 3}));
  fault_plan::mend();
  EXPECT_EQ(*model->runner->retry_dead_letters({}), (dead_letter_report{2, 0}));
  this->drop(model);
  model = this->template run<TypeParam>(this->parking());
  EXPECT_EQ(this->show(*model, "ann"), "1 13 2 ");
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  this->stop(model);
}

TYPED_TEST(DeadLettersOf, AreForgottenOneByOneByKeyOrAllTogether) {
  this->open_journals(1);
  fault_plan::refuse(13);
  for (const char* const who : {"ann", "bob", "cem"}) {
    this->write(who, {deposited{13}, deposited{2}, deposited{3}});
  }
  auto model = this->template run<TypeParam>(this->parking());
  ASSERT_TRUE(this->settle(*model).has_value());
  auto& letters = *model->runner;
  EXPECT_TRUE(letters.discard_dead_letter({{0}, 1}).has_value());
  EXPECT_EQ(letters.discard_dead_letter({{0}, 1}).error().what, error::code::not_found);
  EXPECT_EQ(*letters.dead_letter_keys(),
            (counts{{"test.account/ann", 2}, {"test.account/bob", 3}, {"test.account/cem", 3}}));
  EXPECT_EQ(*letters.retry_dead_letters("test.account/ann"), (dead_letter_report{2, 0}));
  EXPECT_EQ(this->show(*model, "ann"), "2 3 ");
  EXPECT_EQ(letters.retry_dead_letters("test.account/ann").error().what, error::code::not_found);
  EXPECT_EQ(*letters.discard_dead_letters("test.account/bob"), 3U);
  EXPECT_EQ(letters.discard_dead_letters("test.account/bob").error().what, error::code::not_found);
  EXPECT_EQ(*letters.discard_dead_letters({}), 3U);
  EXPECT_EQ(letters.status().events_parked, 0U);
  this->write("bob", {deposited{4}});
  EXPECT_EQ(this->show(*model, "bob"), "4 ");
  this->stop(model);
  model = this->template run<TypeParam>(this->parking());
  EXPECT_EQ(this->show(*model, "bob"), "4 ");
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  this->stop(model);
}

TYPED_TEST(DeadLettersOf, BeyondTheirNumberOfAKeyStopTheModelUntilThereIsRoom) {
  this->open_journals(1);
  fault_plan::refuse(13);
  this->write("ann", {deposited{13}, deposited{2}, deposited{3}});
  this->write("bob", {deposited{4}});
  auto options = this->parking();
  options.parked_per_key_max = 2;
  auto model = this->template run<TypeParam>(options);
  EXPECT_EQ(this->settle(*model).error().what, error::code::stopped);
  const auto now = model->runner->status();
  EXPECT_EQ(now.stopped_on->what, error::code::overloaded);
  EXPECT_NE(now.stopped_on->detail.find("test.account/ann"), std::string::npos);
  EXPECT_EQ(now.checkpoints[0].offset, 2U);
  EXPECT_EQ(now.events_behind, 2U);
  EXPECT_EQ(*model->runner->discard_dead_letters({}), 2U);
  ASSERT_TRUE(model->runner->resume().has_value());
  EXPECT_EQ(this->show(*model, "ann"), "3 ");
  EXPECT_EQ(this->show(*model, "bob"), "4 ");
  this->stop(model);
}

TYPED_TEST(DeadLettersOf, OfTooManyKeysStopTheModel) {
  this->open_journals(1);
  fault_plan::refuse(13);
  auto options = this->parking();
  options.parked_keys_max = 2;
  for (const char* const who : {"ann", "bob", "cem"}) {
    this->write(who, {deposited{13}});
  }
  auto model = this->template run<TypeParam>(options);
  EXPECT_EQ(this->settle(*model).error().what, error::code::stopped);
  EXPECT_EQ(model->runner->status().stopped_on->what, error::code::overloaded);
  EXPECT_EQ(model->runner->status().keys_parked, 2U);
  EXPECT_EQ(model->runner->status().checkpoints[0].offset, 2U);
  this->stop(model);
}

TYPED_TEST(DeadLettersOf, AreForgottenWhenTheModelBeginsAnew) {
  this->open_journals(1);
  fault_plan::refuse(13);
  this->write("ann", {deposited{1}, deposited{13}, deposited{2}});
  auto model = this->template run<TypeParam>(this->parking());
  ASSERT_TRUE(this->settle(*model).has_value());
  fault_plan::mend();
  ASSERT_TRUE(model->runner->reset().has_value());
  EXPECT_EQ(this->show(*model, "ann"), "1 13 2 ");
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  EXPECT_TRUE(model->runner->dead_letters({})->empty());
  this->stop(model);
}

TYPED_TEST(DeadLettersOf, AndEventsThatComeMeanwhileKeepTheirOrder) {
  this->open_journals(1);
  fault_plan::refuse(1);
  this->write("ann", {deposited{1}});
  auto model = this->template run<TypeParam>(this->parking());
  ASSERT_TRUE(this->settle(*model).has_value());
  constexpr int events = 200;
  std::thread writing{[this] {
    for (int cents = 2; cents <= events; ++cents) {
      this->write("ann", {deposited{cents}});
    }
  }};
  // It fails now and then, so that letters come and go under those that are written.
  for (int round = 0; round < 20; ++round) {
    fault_plan::refuse(round * 9 + 2, 3);
    if (round % 3 == 0) fault_plan::refuse(1, 0);
    (void)model->runner->retry_dead_letters({});
  }
  writing.join();
  fault_plan::mend();
  ASSERT_TRUE(this->settle(*model).has_value());
  ASSERT_TRUE(model->runner->retry_dead_letters({}).has_value());
  std::string in_order;
  for (int cents = 1; cents <= events; ++cents) {
    in_order += std::to_string(cents) + " ";
  }
  EXPECT_EQ(this->show(*model, "ann"), in_order);
  this->stop(model);
}

TEST_F(DeadLetters, AreShownPageByPage) {
  open_journals(2);
  fault_plan::refuse(13);
  for (const std::size_t partition : {1U, 0U}) {
    write("ann", {deposited{13}, deposited{2}}, partition);
    write("bob", {deposited{13}}, partition);
  }
  clock_.set(77s);
  auto model = run<fallible_tables>(parking());
  ASSERT_TRUE(settle(*model).has_value());
  const auto first = *model->runner->dead_letters({.limit = 4});
  ASSERT_EQ(first.size(), 4U);
  EXPECT_EQ(first[0].position, (position{{0}, 1}));
  EXPECT_EQ(first[0].sequence_key, "test.account/ann");
  EXPECT_EQ(first[0].event_type, "test.deposited");
  EXPECT_EQ(first[0].why, "user_code_threw: apply: no deposits of 13");
  EXPECT_EQ(first[0].attempts, 2U);
  EXPECT_EQ(first[0].parked_at, timestamp{77s});
  EXPECT_EQ(first[1].attempts, 0U);
  EXPECT_EQ(first[1].why, "");
  EXPECT_EQ(first[3].position, (position{{1}, 1}));
  EXPECT_EQ(offsets(*model, {.after = first[3].position, .limit = 4}), (places{2, 3}));
  EXPECT_EQ(offsets(*model, {.sequence_key = "test.account/bob"}), (places{3, 3}));
  EXPECT_TRUE(offsets(*model, {.sequence_key = "nobody"}).empty());
  stop(model);
}

TEST_F(DeadLetters, HaveAKeyOfTheModelsOwnWhereItMakesOne) {
  open_journals(1);
  fault_plan::refuse(13);
  write("ann", {deposited{13}, deposited{1}});
  write("bob", {deposited{23}, deposited{2}});
  auto digits = run<by_last_digit>(parking());
  auto all = run<in_one_order>(parking());
  EXPECT_EQ(show(*digits, "ann"), "1 ");
  EXPECT_EQ(show(*digits, "bob"), "2 ");
  EXPECT_EQ(*digits->runner->dead_letter_keys(), (counts{{"ends with 3", 2}}));
  ASSERT_TRUE(settle(*all).has_value());
  EXPECT_EQ(*all->runner->dead_letter_keys(), (counts{{"all", 4}}));
  stop(digits);
  stop(all);
}

TEST_F(DeadLetters, WithoutAKeyStopTheModel) {
  open_journals(1);
  fault_plan::refuse(-1);
  write("ann", {deposited{5}, deposited{-1}});
  auto model = run<by_last_digit>(parking());
  EXPECT_EQ(settle(*model).error().what, error::code::stopped);
  const auto why = *model->runner->status().stopped_on;
  EXPECT_NE(why.detail.find("sequence_key: no digits"), std::string::npos) << why.detail;
  EXPECT_EQ(model->runner->status().checkpoints[0].offset, 1U);
  stop(model);
}

TEST_F(DeadLetters, WithoutAKeyStopTheModelAlsoWhenWhatIsBeforeThemIsNotYetStored) {
  open_journals(1);
  fault_plan::refuse(-1);
  write("ann", {deposited{5}, deposited{-1}});
  auto options = parking();
  options.attempts = 1;
  auto model = run<by_last_digit>(options);
  EXPECT_EQ(settle(*model).error().what, error::code::stopped);
  EXPECT_EQ(model->runner->status().checkpoints[0].offset, 1U);
  stop(model);
}

/// A view on which no batch is ever stored.
class dead_disk final : public persistence::view {
 public:
  explicit dead_disk(std::shared_ptr<view> real) : real_(std::move(real)) {}
  result<persistence::checkpoint_list> checkpoints() const override { return real_->checkpoints(); }
  result<std::unique_ptr<persistence::view_batch>> begin() override {
    return std::unique_ptr<persistence::view_batch>{std::make_unique<batch>(*real_->begin())};
  }
  result<std::unique_ptr<persistence::view_reader>> read() const override { return real_->read(); }
  result<void> save_state(byte_view /*state*/,
                          std::uint32_t /*schema_version*/,
                          const persistence::checkpoint_list& /*reached*/) override {
    return error{error::code::storage_failed, "dead"};
  }
  result<std::optional<persistence::saved_state>> load_state() const override {
    return real_->load_state();
  }
  result<void> clear() override { return real_->clear(); }
  result<void> remove_older_versions() override { return {}; }

 private:
  class batch final : public persistence::view_batch {
   public:
    explicit batch(std::unique_ptr<view_batch> real) : real_(std::move(real)) {}
    detail::table_store& tables() override { return real_->tables(); }
    result<void> commit(const persistence::checkpoint_list& /*reached*/) override {
      return error{error::code::storage_failed, "dead"};
    }

   private:
    std::unique_ptr<view_batch> real_;
  };
  std::shared_ptr<view> real_;
};

TEST_F(DeadLetters, AreStoredTogetherWithTheRowsOrNotAtAll) {
  open_journals(1);
  fault_plan::refuse(13);
  write("ann", {deposited{13}, deposited{2}});
  write("bob", {deposited{3}});
  auto model =
      run_on<fallible_tables>(std::make_shared<dead_disk>(open_view<fallible_tables>()), parking());
  // The batch that parks cannot be stored; then the process dies.
  await([&] { return model->runner->status().stopped_on.has_value(); });
  EXPECT_EQ(model->runner->status().events_parked, 0U);
  drop(model);
  {
    const auto view = open_view<fallible_tables>();
    EXPECT_EQ(*view->checkpoints(), persistence::checkpoint_list{0});
    EXPECT_EQ((*view->read())->tables().count(1), 0U);
  }
  model = run<fallible_tables>(parking());
  EXPECT_EQ(show(*model, "ann"), "");
  EXPECT_EQ(show(*model, "bob"), "3 ");
  EXPECT_EQ(offsets(*model), (places{1, 2}));
  stop(model);
}

TEST_F(DeadLetters, AreKeptByAModelThatIsGivenAnotherPolicy) {
  open_journals(1);
  fault_plan::refuse(13);
  write("ann", {deposited{1}, deposited{13}});
  auto model = run<fallible_tables>(parking());
  ASSERT_TRUE(settle(*model).has_value());
  stop(model);
  model = run<fallible_tables>(quick());
  write("ann", {deposited{2}});
  EXPECT_EQ(show(*model, "ann"), "1 ");
  EXPECT_EQ(offsets(*model), (places{2, 3}));
  stop(model);
}

TEST_F(DeadLetters, NeverLetAHalfChangedStateBeSeen) {
  open_journals(1);
  auto options = parking();
  options.attempts = 3;
  options.snapshot_every = 30;
  auto model = run<fallible_state>(options);
  constexpr int events = 300;
  for (int cents = 7; cents <= events; cents += 11) {
    fault_plan::refuse(cents, cents % 3 + 1);
  }
  std::atomic<bool> done{false};
  std::thread asking{[&] {
    std::uint64_t last = 0;
    while (!done) {
      const auto seen = model->read().ask(fallible_state::soundness{});
      ASSERT_TRUE(seen.has_value());
      EXPECT_EQ(seen->half, 0U);
      EXPECT_GE(seen->events, last);
      last = seen->events;
    }
  }};
  for (int cents = 1; cents <= events; ++cents) {
    write("account " + std::to_string(cents % 7), {deposited{cents}});
  }
  ASSERT_TRUE(settle(*model).has_value());
  EXPECT_GT(model->runner->status().events_parked, 0U);
  fault_plan::mend();
  ASSERT_TRUE(model->runner->retry_dead_letters({}).has_value());
  done = true;
  asking.join();
  EXPECT_EQ(model->read().ask(fallible_state::soundness{})->events, std::uint64_t{events});
  stop(model);
}

}  // namespace
}  // namespace cairn::tests

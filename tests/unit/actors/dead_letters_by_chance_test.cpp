#include "support/faulty_models.hpp"

#include "cairn/testing/random_source.hpp"

// Whatever fails, and whenever the process dies: once all letters were applied, the rows are those
// of a read model that nothing happened to.

namespace cairn::tests {
namespace {

using cairn::testing::random_source;

template <class M> class DeadLettersByChance : public faulty_model_fixture {
 protected:
  static constexpr int accounts = 6;

  void play(std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random_source chance{seed};
    auto options = parking();
    options.attempts = 1 + static_cast<std::uint32_t>(chance.below(3));
    options.batch_events = 1 + static_cast<std::uint32_t>(chance.below(20));
    options.snapshot_every = static_cast<std::uint32_t>(chance.below(3)) * 15;
    open_journals(2);
    auto model = run<M>(options);
    all_deposits::answer undisturbed;
    std::int64_t cents = 0;
    for (int step = 0; step < 120; ++step) {
      const auto dice = chance.below(100);
      if (dice < 70) {
        deposit(chance, ++cents, undisturbed);
      } else if (dice < 80) {
        (void)model->runner->retry_dead_letters({});
      } else if (dice < 85) {
        (void)settle(*model);
      } else if (dice < 90) {
        (void)model->runner->pause();
        deposit(chance, ++cents, undisturbed);
        (void)model->runner->resume();
      } else {
        const bool dies = dice < 96;
        dies ? drop(model) : stop(model);
        model = run<M>(options);
      }
    }
    fault_plan::mend();
    ASSERT_TRUE(settle(*model).has_value());
    const auto report = model->runner->retry_dead_letters({});
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->left, 0U);
    EXPECT_EQ(*model->read().ask(all_deposits{}), undisturbed);
    EXPECT_EQ(model->runner->status().events_skipped, 0U);
    stop(model);
    // It says the same when it is read from the disk.
    model = run<M>(options);
    ASSERT_TRUE(settle(*model).has_value());
    EXPECT_EQ(*model->read().ask(all_deposits{}), undisturbed);
    stop(model);
    close_journals();
    std::filesystem::remove_all(directory_.path() / "views");
  }

 private:
  void deposit(random_source& chance, std::int64_t cents, all_deposits::answer& undisturbed) {
    const auto number = chance.below(accounts);
    const std::string who = "account " + std::to_string(number);
    if (chance.chance(0.2)) fault_plan::refuse(cents, static_cast<int>(1 + chance.below(6)));
    // Its stream lives in one partition.
    write(who, {deposited{cents}}, number % 2);
    undisturbed[who] += std::to_string(cents) + " ";
  }
};

using both = ::testing::Types<fallible_tables, fallible_state>;
TYPED_TEST_SUITE(DeadLettersByChance, both);

TYPED_TEST(DeadLettersByChance, LeaveTheRowsAsIfNothingHadBeen) {
  for (std::uint64_t seed = 1; seed <= 25 && !this->HasFatalFailure(); ++seed) {
    this->play(seed);
  }
}

}  // namespace
}  // namespace cairn::tests

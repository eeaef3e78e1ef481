#include "shown_keeper.hpp"

#include "support/running.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

// What is kept back until read models show it, on plain threads with read models that are played.

namespace cairn::tests {
namespace {

using namespace std::chrono_literals;
using told_when_shown = std::function<void(const std::optional<error>&)>;

/// A read model that shows what it is told to show. Any thread.
class played_runner final : public actors::read_model_runner {
 public:
  result<void> start(actors::executor& /*on*/) override { return {}; }
  void hint() noexcept override {}
  void stop() override {}
  result<void> wait_for(const detail::picture_demand& /*demand*/) override { return {}; }
  result<void> look(const detail::picture_visit& /*who*/) const override { return {}; }
  result<std::shared_ptr<detail::watcher>> watch(
      detail::watcher::options /*wish*/,
      const std::function<void(const void*)>& /*look*/) override {
    return nobody();
  }
  std::vector<position> checkpoints() const override { return {}; }
  read_model_status status() const override { return {}; }

  result<void> pause() override { return nobody(); }
  result<void> resume() override { return nobody(); }
  result<void> reset() override { return nobody(); }
  result<void> set_checkpoint(std::span<const position> /*to*/) override { return nobody(); }
  result<rebuild_answer> rebuild() override { return nobody(); }
  result<void> cancel_rebuild() override { return nobody(); }
  result<std::vector<dead_letter>> dead_letters(const dead_letter_query& /*query*/) override {
    return nobody();
  }
  result<std::vector<dead_letter_count>> dead_letter_keys() override { return nobody(); }
  result<dead_letter_report> retry_dead_letters(
      const std::optional<std::string>& /*sequence_key*/) override {
    return nobody();
  }
  result<std::uint64_t> discard_dead_letters(
      const std::optional<std::string>& /*sequence_key*/) override {
    return nobody();
  }
  result<void> discard_dead_letter(position /*one*/) override { return nobody(); }

  std::uint64_t when_shown(position at, told_when_shown told) override {
    {
      const std::lock_guard lock{mutex_};
      if (at.offset > shown_) {
        waiting_.emplace(++last_, std::pair{at.offset, std::move(told)});
        return last_;
      }
    }
    told(std::nullopt);
    return 0;
  }
  void forget(position /*at*/, std::uint64_t ticket) override {
    const std::lock_guard lock{mutex_};
    waiting_.erase(ticket);
  }
  void show(std::uint64_t offset) {
    std::vector<told_when_shown> due;
    {
      const std::lock_guard lock{mutex_};
      shown_ = offset;
      for (auto one = waiting_.begin(); one != waiting_.end();) {
        if (one->second.first > offset) {
          ++one;
          continue;
        }
        due.push_back(std::move(one->second.second));
        one = waiting_.erase(one);
      }
    }
    for (const auto& one : due)
      one(std::nullopt);
  }
  [[nodiscard]] std::size_t waiting() const {
    const std::lock_guard lock{mutex_};
    return waiting_.size();
  }

 private:
  static error nobody() { return {error::code::unhandled, "nobody operates what is played"}; }

  mutable std::mutex mutex_;
  std::uint64_t shown_ = 0;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, std::pair<std::uint64_t, told_when_shown>> waiting_;
};

class ShownKeeper : public ::testing::Test {
 protected:
  ShownKeeper() {
    keeper.add(first, "first");
    keeper.add(second, "second");
    keeper.start(*executor, time);
  }
  ~ShownKeeper() override { keeper.stop(); }

  using names = std::vector<std::string>;
  void keep(shown_keeper::demand wish, std::uint64_t offset) {
    keeper.keep(std::move(wish), {{0}, offset}, [this](const detail::late_models& late) {
      names all;
      if (late) {
        for (const auto& one : *late)
          all.push_back(one.name);
      }
      told.put(std::move(all));
    });
  }

  played_runner first;
  played_runner second;
  system_clock time;
  std::unique_ptr<actors::executor> executor = actors::make_thread_executor(1);
  collected<names> told;
  shown_keeper keeper;
};

TEST_F(ShownKeeper, AnswersWhenAllThatWereNamedShowIt) {
  keep({.models = {0, 1}}, 5);
  first.show(5);
  EXPECT_EQ(told.size(), 0U);
  second.show(4);
  EXPECT_EQ(told.size(), 0U);
  second.show(6);
  EXPECT_EQ(told.wait_for(1).at(0), names{});
}

TEST_F(ShownKeeper, SaysWhoIsLateWhenTheTimeIsUpAndForgetsThem) {
  keep({.models = {0, 1}, .deadline = time.steady() + 1ms}, 5);
  first.show(5);
  EXPECT_EQ(told.wait_for(1).at(0), names{"second"});
  EXPECT_EQ(second.waiting(), 0U);
  second.show(5);
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(ShownKeeper, AnswersAtOnceWhenTheTimeIsUpAlready) {
  keep({.models = {0}, .deadline = time.steady() - 1ms}, 5);
  EXPECT_EQ(told.wait_for(1).at(0), names{"first"});
  EXPECT_EQ(first.waiting(), 0U);
}

TEST_F(ShownKeeper, AnswersABlockingSenderWhoseTimeIsUp) {
  EXPECT_FALSE(keeper.answer_now(7));
  keep({.models = {0}, .ticket = 7}, 5);
  EXPECT_TRUE(keeper.answer_now(7));
  EXPECT_EQ(told.wait_for(1).at(0), names{"first"});
  EXPECT_FALSE(keeper.answer_now(7));
}

TEST_F(ShownKeeper, AnswersEverythingWhenItIsClosedAlsoWhatComesLater) {
  keep({.models = {0}}, 5);
  keeper.close();
  EXPECT_EQ(told.wait_for(1).at(0), names{"first"});
  keep({.models = {1}}, 5);
  EXPECT_EQ(told.wait_for(2).at(1), names{"second"});
  second.show(7);
  keep({.models = {1}}, 6);
  EXPECT_EQ(told.wait_for(3).at(2), names{}) << "it is shown, after all";
}

TEST_F(ShownKeeper, AnswersEachOnceWhoeverComesFirst) {
  constexpr int each = 300;
  std::vector<std::unique_ptr<std::atomic<int>>> answers;
  for (int i = 0; i < 4 * each; ++i)
    answers.push_back(std::make_unique<std::atomic<int>>(0));
  std::atomic<bool> done{false};
  std::thread models{[&] {
    for (std::uint64_t offset = 1; !done; ++offset) {
      first.show(offset % (2 * each));
      second.show(offset % (2 * each));
    }
  }};
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 4; ++sender) {
    senders.emplace_back([&, sender] {
      for (int i = 0; i < each; ++i) {
        const auto number = static_cast<std::size_t>(sender * each + i);
        const bool blocks = i % 2 == 0;
        keeper.keep({.models = {0, 1},
                     .deadline = time.steady() + std::chrono::microseconds{i % 7 * 100},
                     .ticket = blocks ? number + 1 : 0},
                    {{0}, static_cast<std::uint64_t>(i)},
                    [one = answers[number].get()](const detail::late_models& /*late*/) { ++*one; });
        if (!blocks) continue;
        // True or false: it has its answer.
        (void)keeper.answer_now(number + 1);
        EXPECT_EQ(*answers[number], 1);
      }
    });
  }
  for (auto& one : senders)
    one.join();
  keeper.stop();
  done = true;
  models.join();
  for (const auto& one : answers)
    EXPECT_EQ(*one, 1);
}

}  // namespace
}  // namespace cairn::tests

#include "compare/closed_loop.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bench {
namespace {

using namespace std::chrono_literals;

/// A store in memory that answers at once, and makes the mistake that a test wants.
class store_with_a_mistake final : public peer {
 public:
  enum class mistake : std::uint8_t {
    none,
    loses_one,
    stores_one_twice,
    mixes_two_up,
    stores_what_it_refuses,
    takes_any_version,
    refuses_one,
  };

  explicit store_with_a_mistake(mistake which) : which_(which) {}

  void submit(std::span<const append> wishes) override {
    for (const append& one : wishes)
      answers_.push_back({one.client, store(one)});
  }
  void wait(std::vector<answer>& answers) override { answers.swap(answers_); }
  void reopen() override {
    auto& some = events_.begin()->second;
    if (which_ == mistake::loses_one) some.pop_back();
    if (which_ == mistake::stores_one_twice) some.push_back(some.back());
    if (which_ == mistake::mixes_two_up) std::swap(some.front(), some.back());
  }
  void read(const std::function<void(const stored_event&)>& visit) override {
    for (const auto& [name, payloads] : events_) {
      std::uint64_t version = 0;
      for (const std::string& payload : payloads)
        visit({name, ++version, payload});
    }
  }

 private:
  bool store(const append& one) {
    auto& stream = events_[std::string{one.name}];
    const bool fits = one.version == stream.size() + 1 || which_ == mistake::takes_any_version;
    if (fits || which_ == mistake::stores_what_it_refuses) stream.emplace_back(one.payload);
    const bool refuses = which_ == mistake::refuses_one && ++asked_ == 3;
    return fits && !refuses;
  }

  mistake which_;
  std::map<std::string, std::vector<std::string>> events_;
  std::vector<answer> answers_;
  std::uint64_t asked_ = 0;
};

using mistake = store_with_a_mistake::mistake;

class ClosedLoop : public testing::Test {
 protected:
  void run_on(mistake which) {
    store.emplace(which);
    options chosen;
    chosen.aggregates = 3;
    loop.emplace(*store, chosen, 8);
    EXPECT_GE(loop->run(1ms).commands, 8U);
    refuses = loop->refuses_what_is_there();
    store->reopen();
  }

  std::optional<store_with_a_mistake> store;
  std::optional<closed_loop> loop;
  bool refuses = false;
};

TEST_F(ClosedLoop, FindsEverythingInAStoreThatKeepsIt) {
  run_on(mistake::none);
  EXPECT_TRUE(refuses);
  EXPECT_FALSE(loop->was_refused());
  EXPECT_EQ(loop->check(), "");
}

TEST_F(ClosedLoop, NoticesAnAcknowledgedAppendThatIsLost) {
  run_on(mistake::loses_one);
  EXPECT_NE(loop->check(), "");
}

TEST_F(ClosedLoop, NoticesAnAppendThatIsThereTwice) {
  run_on(mistake::stores_one_twice);
  EXPECT_NE(loop->check().find("is there twice"), std::string::npos);
}

TEST_F(ClosedLoop, NoticesAppendsAtEachOthersVersion) {
  run_on(mistake::mixes_two_up);
  EXPECT_EQ(loop->check(), "a receipt does not say where its command is");
}

TEST_F(ClosedLoop, NoticesAnAppendThatWasRefusedAndIsThere) {
  run_on(mistake::stores_what_it_refuses);
  EXPECT_TRUE(refuses);
  EXPECT_NE(loop->check(), "");
}

TEST_F(ClosedLoop, NoticesAStoreThatDoesNotCheckVersions) {
  run_on(mistake::takes_any_version);
  EXPECT_FALSE(refuses);
}

TEST_F(ClosedLoop, NoticesARefusalOfTheRightVersion) {
  run_on(mistake::refuses_one);
  EXPECT_TRUE(loop->was_refused());
}

}  // namespace
}  // namespace bench

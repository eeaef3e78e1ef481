#include "support/pads_on_probe.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <thread>

// Many aggregates, and a disk that fails one group in four while commands go on coming: each
// command is answered once, and the log has what was accepted and nothing else.

namespace cairn::tests {
namespace {

class DecidingAgainUnderLoad : public pads_on_probe, public ::testing::WithParamInterface<int> {
 protected:
  static constexpr int commands = 3000;
  static constexpr int aggregates = 12;

  struct sent {
    std::vector<std::string> ids;
    std::string line;
    bool is_atomic = false;
  };

  void fail_one_group_in_four() {
    auto dice = std::make_shared<std::mt19937>(static_cast<unsigned>(GetParam()));
    probe_.fail_when(
        [this, dice](auto /*events*/) {
          // So long that something is decided on top of the group, if anything is still to come.
          const int until = std::min(commands, sent_.load() + 8);
          while (sent_.load() < until)
            std::this_thread::yield();
          return (*dice)() % 4 == 0;
        },
        {error::code::store_full, "the dice say so"});
  }

  void send_all() {
    std::mt19937 dice{static_cast<unsigned>(GetParam()) + 1000U};
    for (int number = 0; number < commands; ++number) {
      const std::string id = "a" + std::to_string(dice() % aggregates);
      const std::string line = std::to_string(number);
      switch (dice() % 10) {
        case 0: send_together(number, id, "a" + std::to_string(dice() % aggregates)); break;
        case 1:
        case 2: repeat_last(number); break;
        case 3:
          all_.push_back({{id}, line});
          ++decisions_needed_;
          send(number, id, pad::add_unless{line, last_line_of_[id]});
          break;
        default:
          all_.push_back({{id}, line});
          ++decisions_needed_;
          send(number, id, pad::add{line}, {.command_id = "c" + line});
          last_with_id_ = number;
      }
      last_line_of_[id] = line;
      sent_.store(number + 1);
    }
  }
  void send_together(int number, const std::string& one, const std::string& other) {
    const std::string line = std::to_string(number);
    std::vector<std::string> ids{one};
    if (other != one) ids.push_back(other);
    all_.push_back({ids, line, true});
    decisions_needed_ += static_cast<int>(ids.size());
    add_together(number, ids, line);
  }
  void repeat_last(int number) {
    if (last_with_id_ < 0) return send_together(number, "a0", "a1");
    const sent original = all_[static_cast<std::size_t>(last_with_id_)];
    all_.push_back(original);
    send(number, original.ids[0], pad::add{original.line}, {.command_id = "c" + original.line});
  }

  std::vector<sent> all_;
  std::atomic<int> sent_{0};
  int decisions_needed_ = 0;
  int last_with_id_ = -1;
  std::map<std::string, std::string> last_line_of_;
};

TEST_P(DecidingAgainUnderLoad, AnswersEachCommandOnceAndStoresWhatWasAcceptedOnceAndInOrder) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  start();
  fail_one_group_in_four();
  const int decided = pad::decided;
  send_all();
  const auto answers = release_and_wait_for(commands);
  shut_down();
  ASSERT_EQ(answers_.size(), static_cast<std::size_t>(commands));

  std::map<std::string, std::vector<std::string>> stored_lines;
  for (int i = 0; i < aggregates; ++i)
    stored_lines["a" + std::to_string(i)] = stored("a" + std::to_string(i));
  std::map<std::string, std::vector<std::string>> in_order;
  std::map<std::string, std::size_t> accepted_lines;
  std::size_t failed = 0;
  for (std::size_t number = 0; number < answers.size(); ++number) {
    const sent& one = all_[number];
    const std::string& words = answers[number];
    SCOPED_TRACE(std::to_string(number) + ": " + words);
    if (words == "store_full" || words == "is there") {
      failed += words == "store_full" ? 1U : 0U;
      continue;
    }
    for (const std::string& id : one.ids) {
      const auto& lines = stored_lines[id];
      const auto place = std::find(lines.begin(), lines.end(), one.line);
      ASSERT_NE(place, lines.end());
      EXPECT_EQ(std::count(lines.begin(), lines.end(), one.line), 1);
      if (one.is_atomic) {
        ++accepted_lines[id];
        ASSERT_EQ(words, "accepted");
        continue;
      }
      const std::string version = "v" + std::to_string(place - lines.begin() + 1);
      if (words == version + " again") continue;
      ASSERT_EQ(words, version);
      ++accepted_lines[id];
      in_order[id].push_back(one.line);
    }
  }
  EXPECT_GT(failed, 0U);
  // More often than there are commands, and parts of atomic ones, that are no repeats.
  EXPECT_GT(pad::decided - decided, decisions_needed_);
  for (auto& [id, lines] : stored_lines) {
    // Nothing else is stored.
    EXPECT_EQ(lines.size(), accepted_lines[id]) << id;
    // Atomic commits may be decided later than what was sent behind them.
    std::erase_if(lines, [&](const std::string& line) {
      return all_[static_cast<std::size_t>(std::stoi(line))].is_atomic;
    });
    EXPECT_EQ(lines, in_order[id]) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DecidingAgainUnderLoad, ::testing::Range(1, 6));

}  // namespace
}  // namespace cairn::tests

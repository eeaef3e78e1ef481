#pragma once

#include "compare/mailbox.hpp"
#include "compare/peer.hpp"

#include <functional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

/// Group commit for a store that is a library: one thread takes all appends that wait, stores them
/// at once, and answers. As the limit does, and Cairn.
class group_writer {
 public:
  /// Stores a group and adds an answer for each. Called by the writer's thread.
  using commit = std::function<void(std::span<const append> group, std::vector<answer>& answers)>;

  explicit group_writer(commit how) : how_(std::move(how)), thread_([this] { write(); }) {}
  group_writer(const group_writer&) = delete;
  group_writer& operator=(const group_writer&) = delete;
  ~group_writer() {
    wishes_.close();
    thread_.join();
  }

  void submit(std::span<const append> wishes) { wishes_.put(wishes); }

  void wait(std::vector<answer>& answers) {
    answers_.take_in_time(taken_);
    answers.insert(answers.end(), taken_.begin(), taken_.end());
  }

 private:
  void write() noexcept {
    std::vector<append> group;
    std::vector<answer> done;
    try {
      while (wishes_.take(group)) {
        done.clear();
        how_(group, done);
        answers_.put(done);
      }
    } catch (...) {
      answers_.fail(std::current_exception());
    }
  }

  commit how_;
  mailbox<append> wishes_;
  mailbox<answer> answers_;
  std::vector<answer> taken_;
  std::thread thread_;
};

}  // namespace bench

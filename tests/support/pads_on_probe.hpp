#pragma once

#include "support/journal_and_host.hpp"
#include "support/pad.hpp"
#include "support/running.hpp"

#include "cairn/actors/atomic_commit.hpp"
#include "cairn/atomic.hpp"
#include "cairn/testing/journal_probe.hpp"
#include "cairn/testing/manual_clock.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn::tests {

/// One host of pads on plain threads, on a log that fails and waits when a test says so. Each burst
/// is a group of its own.
class pads_on_probe : public journal_and_host<pad> {
 protected:
  using told = collected<std::pair<int, std::string>>;

  pads_on_probe() {
    group_bytes_max_ = 1;
    time_ = &moved_time_;
    log_ = std::shared_ptr<persistence::block_log>{*probe_.source()({0})};
  }
  ~pads_on_probe() override {
    probe_.release();
    shut_down();
  }

  /// The answer is told under the number: "v3" and the like, "is there", or the error's name.
  void send(int number, const std::string& id, pad::command wish, ask_options options = {}) {
    host_->send(message_of(number, id, std::move(wish), std::move(options)).release());
  }
  std::unique_ptr<detail::command_message> message_of(int number,
                                                      const std::string& id,
                                                      pad::command wish,
                                                      ask_options options = {}) {
    auto callback = [this, number](const outcome<pad>& what) {
      answers_.put({number, in_words(what)});
    };
    using message = detail::message_with_callback<pad, decltype(callback)>;
    auto made = std::make_unique<message>(std::move(wish), std::move(callback));
    made->aggregate_id = id;
    made->command_id = options.command_id.text();
    made->expected = options.expected;
    made->stream_hash = persistence::hash_of({pad::stable_name, id});
    if (options.timeout != ask_options{}.timeout)
      made->deadline = moved_time_.steady() + options.timeout;
    return made;
  }
  static std::string in_words(const outcome<pad>& what) {
    if (const receipt* done = what.accepted()) {
      return "v" + std::to_string(done->version.value) + (done->repeated ? " again" : "");
    }
    if (what.rejected() != nullptr) return "is there";
    return std::string{to_string(what.failed()->what)};
  }

  /// Adds this line to all of them in one atomic commit.
  void add_together(int number, const std::vector<std::string>& ids, const std::string& line) {
    std::vector<actors::atomic_commit::part> parts;
    for (const std::string& id : ids) {
      parts.push_back({host_.get(),
                       id,
                       persistence::hash_of({pad::stable_name, id}),
                       expectation{},
                       std::make_unique<detail::part_message<pad>>(pad::add{line})});
      parts.back().wish->aggregate_id = id;
    }
    using actors::atomic_commit;
    atomic_commit::start(std::make_shared<atomic_commit>(
        std::move(parts),
        atomic_commit::options{},
        *journal_,
        [this, number](actors::atomic_result&& what) {
          const bool accepted = what.outcome.what == detail::erased_outcome::kind::accepted;
          answers_.put(
              {number, accepted ? "accepted" : std::string{to_string(what.outcome.why.what)}});
        }));
  }

  /// Sends number 2, which adds "2" to "a", and comes back when its group waits at the disk, where
  /// it will fail.
  void begin_failing(error why = {error::code::store_full, "the test says so"}) {
    probe_.hold_next();
    probe_.fail_next(std::move(why));
    send(2, "a", pad::add{"2"});
    ASSERT_TRUE(probe_.wait_until_held());
  }
  /// Comes back when everything that was sent before has been decided. Nothing of it waits for the
  /// disk, since nothing else is known of this aggregate.
  void wait_until_decided() {
    const auto out = ask("nobody", pad::add{"x"}, {.expected = expectation::exists()});
    ASSERT_TRUE(out.failed());
    ASSERT_EQ(out.failed()->what, error::code::conflict);
  }
  /// Lets the disk go on; what each number was answered, once there are so many answers.
  std::vector<std::string> release_and_wait_for(std::size_t count) {
    probe_.release();
    std::vector<std::string> by_number;
    for (const auto& [number, words] : answers_.wait_for(count)) {
      const auto at = static_cast<std::size_t>(number);
      if (by_number.size() <= at) by_number.resize(at + 1);
      // Twice would show.
      by_number[at] += words;
    }
    return by_number;
  }
  std::vector<std::string> stored(const std::string& id) {
    std::vector<std::string> lines;
    for (const pad::event& fact : probe_.events_of<pad>(aggregate_id{id})) {
      if (const auto* line = std::get_if<pad::added>(&fact)) lines.push_back(line->line);
    }
    return lines;
  }

  testing::journal_probe probe_;
  testing::manual_clock moved_time_;
  told answers_;
};

}  // namespace cairn::tests

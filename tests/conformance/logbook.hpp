#pragma once

#include "cairn/aggregate.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// The aggregate that most cases are told of, and what stops it in the middle of things.

namespace cairn::tests {

struct logbook {
  static constexpr std::string_view stable_name = "conformance.logbook";

  /// One event for each line; "no" is rejected, "decide throws" and "evolve throws" do.
  struct write {
    static constexpr std::string_view stable_name = "write";
    std::vector<std::string> lines = {};
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("lines", lines)); }
    bool operator==(const write&) const = default;
  };
  struct wrote {
    static constexpr std::string_view stable_name = "wrote";
    std::string line = {};
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("line", line)); }
    bool operator==(const wrote&) const = default;
  };
  struct state {
    std::vector<std::string> lines = {};
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("lines", lines)); }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { no };
  using command = std::variant<write>;
  using event = std::variant<wrote>;
  using decision = cairn::decision<event, rejection>;

  // Set while no runtime runs; called with each line.
  static inline std::function<void(const std::string&)> on_decide;
  static inline std::function<void(const std::string&)> on_evolve;
  /// An effect of each command.
  static inline cairn::after_commit on_commit;

  static decision decide(const state& /*now*/, const write& wish) {
    std::vector<event> facts;
    for (const std::string& line : wish.lines) {
      if (on_decide) on_decide(line);
      if (line == "no") return rejection::no;
      if (line == "decide throws") throw std::runtime_error{"cannot decide"};
      facts.emplace_back(wrote{line});
    }
    decision made{std::move(facts)};
    if (!on_commit) return made;
    return std::move(made).then(on_commit);
  }
  static void evolve(state& now, const wrote& fact) {
    now.lines.push_back(fact.line);
    if (on_evolve) on_evolve(fact.line);
    if (fact.line == "evolve throws") throw std::runtime_error{"cannot evolve"};
  }

  static void forget_hooks() {
    on_decide = nullptr;
    on_evolve = nullptr;
    on_commit = nullptr;
  }
};

using lines = std::vector<std::string>;

/// Holds up whoever passes with a line that it was told to hold, until it is let through.
class gate {
 public:
  /// How long a test waits at most; only one that fails waits so long.
  static constexpr std::chrono::seconds patience{60};

  explicit gate(std::set<std::string> held) : held_(std::move(held)) {}

  void pass(const std::string& line) {
    std::unique_lock lock{mutex_};
    if (held_.count(line) == 0) return;
    reached_.push_back(line);
    changed_.notify_all();
    changed_.wait_for(lock, patience, [&] { return held_.count(line) == 0; });
  }
  void let_through(const std::string& line) {
    const std::lock_guard lock{mutex_};
    held_.erase(line);
    changed_.notify_all();
  }
  void open() {
    const std::lock_guard lock{mutex_};
    held_.clear();
    changed_.notify_all();
  }
  /// Those that were held up, in the order in which they came, once there are so many.
  lines wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, patience, [&] { return reached_.size() >= count; });
    return reached_;
  }
  lines reached() {
    const std::lock_guard lock{mutex_};
    return reached_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<std::string> held_;
  lines reached_;
};

}  // namespace cairn::tests

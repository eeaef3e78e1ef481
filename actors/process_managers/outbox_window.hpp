#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace cairn::actors {

/// The stored commands of a process manager that are held in memory: of each instance one at a
/// time, in their order. Logic only; time comes in as a value. One thread.
class outbox_window {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  struct place {
    std::string instance;
    std::uint64_t number = 0;
  };

  /// The next stored command. @pre numbers rise
  void add(std::string instance, std::uint64_t number) {
    newest_ = number;
    ++size_;
    auto& [numbers, attempts, busy] = lines_[instance];
    numbers.push_back(number);
    if (!busy) ready_.push_back(instance);
    busy = true;
  }

  /// A command that may be sent now, if there is one: it counts as in flight from here on.
  [[nodiscard]] std::optional<place> next(time_point now) {
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
      ready_.push_back(std::move(waiting_.begin()->second));
      waiting_.erase(waiting_.begin());
    }
    if (ready_.empty()) return std::nullopt;
    place found{std::move(ready_.front()), 0};
    ready_.pop_front();
    found.number = lines_.at(found.instance).numbers.front();
    ++in_flight_;
    return found;
  }

  /// The command in flight is over, or no longer there.
  void done(const std::string& instance) {
    const auto found = lines_.find(instance);
    --in_flight_;
    --size_;
    found->second.numbers.pop_front();
    found->second.attempts = 0;
    if (found->second.numbers.empty()) {
      lines_.erase(found);
    } else {
      ready_.push_back(instance);
    }
  }

  /// The command in flight is to be sent once more.
  void again(const std::string& instance, time_point when) {
    --in_flight_;
    waiting_.emplace(when, instance);
  }

  /// How often the command in flight has been sent in vain, this time included.
  [[nodiscard]] unsigned failed(const std::string& instance) {
    return ++lines_.at(instance).attempts;
  }

  [[nodiscard]] std::optional<time_point> next_time() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->first;
  }
  [[nodiscard]] bool has_ready() const noexcept { return !ready_.empty(); }
  /// Commands held, and how many of them are in flight.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
  /// The number of the newest one that was added.
  [[nodiscard]] std::uint64_t newest() const noexcept { return newest_; }

 private:
  struct line {
    std::deque<std::uint64_t> numbers;
    unsigned attempts = 0;
    /// It is in ready_ or waiting_, or its first command is in flight.
    bool busy = false;
  };

  std::unordered_map<std::string, line> lines_;
  std::deque<std::string> ready_;
  std::multimap<time_point, std::string> waiting_;
  std::size_t size_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t newest_ = 0;
};

}  // namespace cairn::actors

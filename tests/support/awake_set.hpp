#pragma once

#include "hosts/replacement.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cairn::tests {

/// Numbers that look like chance, and are the same each time (splitmix64).
class dice {
 public:
  explicit dice(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept { return mixed(state_ += 0x9E3779B97F4A7C15U); }
  std::uint64_t below(std::uint64_t count) noexcept { return next() % count; }
  static std::uint64_t mixed(std::uint64_t value) noexcept {
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
  }

 private:
  std::uint64_t state_;
};

/// What a host does with a replacement policy, and nothing else: numbers instead of aggregates.
class awake_set {
 public:
  awake_set(const actors::replacement_options& options, std::size_t most)
      : most_(most), policy_(actors::make_replacement(options, by_use_, [this](const auto& one) {
          return rest_of(number_of(one));
        })) {}

  /// True when it was awake. Puts to sleep whom the policy names while there are too many.
  bool use(std::uint64_t number) {
    const bool was_awake = touch(number);
    make_room();
    return was_awake;
  }
  /// Like use(), and leaves for later what use() does behind it.
  bool touch(std::uint64_t number) {
    const auto [found, is_new] = slots_.try_emplace(number);
    actors::slot& one = found->second;
    if (is_new) {
      one.hash = dice::mixed(number);
      numbers_[&one] = number;
      by_use_.add(one);
      if (policy_->listens()) policy_->added(one);
    } else {
      by_use_.touch(one);
      if (policy_->listens()) policy_->used(one);
    }
    return !is_new;
  }
  void make_room() {
    while (slots_.size() > most_) {
      actors::slot* const one = policy_->next();
      if (one == nullptr) return;
      remove(number_of(*one));
    }
    if (policy_->listens()) policy_->has_room();
  }
  void remove(std::uint64_t number) {
    const auto found = slots_.find(number);
    if (policy_->listens()) policy_->removed(found->second);
    by_use_.remove(found->second);
    numbers_.erase(&found->second);
    busy_.erase(number);
    slots_.erase(found);
  }
  /// Until it is removed.
  void set(std::uint64_t number, actors::rest what) { busy_[number] = what; }

  [[nodiscard]] actors::rest rest_of(std::uint64_t number) const {
    const auto found = busy_.find(number);
    return found == busy_.end() ? actors::rest::may_sleep : found->second;
  }
  [[nodiscard]] bool has(std::uint64_t number) const { return slots_.contains(number); }
  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  [[nodiscard]] actors::replacement& policy() { return *policy_; }
  [[nodiscard]] std::uint64_t number_of(const actors::slot& one) const { return numbers_.at(&one); }
  [[nodiscard]] std::vector<std::uint64_t> all() const {
    std::vector<std::uint64_t> out;
    for (const auto& [number, one] : slots_)
      out.push_back(number);
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  std::size_t most_;
  std::unordered_map<std::uint64_t, actors::slot> slots_;
  std::unordered_map<const actors::slot*, std::uint64_t> numbers_;
  std::unordered_map<std::uint64_t, actors::rest> busy_;
  actors::use_order by_use_;
  std::unique_ptr<actors::replacement> policy_;
};

/// Few are used often: number n with a likelihood of 1 / (n + 1)^skew.
class zipf {
 public:
  zipf(std::size_t count, double skew, std::uint64_t seed) : dice_(seed) {
    double sum = 0;
    for (std::size_t n = 0; n < count; ++n)
      up_to_.push_back(sum += std::pow(static_cast<double>(n + 1), -skew));
  }
  std::uint64_t next() {
    const double at = static_cast<double>(dice_.next() >> 11U) * 0x1.0p-53 * up_to_.back();
    const auto found = std::upper_bound(up_to_.begin(), up_to_.end(), at);
    return static_cast<std::uint64_t>(found - up_to_.begin());
  }

 private:
  dice dice_;
  std::vector<double> up_to_;
};

/// Loads for `awake` places; each gives the number that is used next.
using load = std::function<std::uint64_t()>;

/// Twenty times as many as there are places, unevenly.
inline load steady_load(std::size_t awake) {
  return [numbers = zipf{awake * 20, 0.9, 1}]() mutable {
    return numbers.next();
  };
}

/// The steady load, and a third of all uses are a walk through numbers that are used once.
inline load scanned_load(std::size_t awake) {
  return [numbers = zipf{awake * 20, 0.9, 1}, at = std::uint64_t{0}]() mutable {
    constexpr std::uint64_t others = std::uint64_t{1} << 40U;
    return ++at % 3 == 0 ? others + at : numbers.next();
  };
}

/// Round and round through a quarter more than there are places.
inline load round_load(std::size_t awake) {
  return [count = awake * 5 / 4, at = std::uint64_t{0}]() mutable {
    return at++ % count;
  };
}

/// The steady load, and others are in favour after every fifty uses of each place.
inline load shifting_load(std::size_t awake) {
  return [numbers = zipf{awake * 20, 0.9, 1}, at = std::uint64_t{0}, awake]() mutable {
    return numbers.next() + at++ / (awake * 50) * awake * 20;
  };
}

/// Each number is used four times within a quarter of the places, and never again.
inline load passing_load(std::size_t awake) {
  return [at = std::uint64_t{0}, step = awake / 16 + 1]() mutable {
    const std::uint64_t turn = at++;
    return turn / 4 + (3 - turn % 4) * step;
  };
}

}  // namespace cairn::tests

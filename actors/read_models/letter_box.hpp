#pragma once

#include "cairn/dead_letter.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::actors {

/// A dead letter and its number: they count up in the order of parking, and are never given again
/// while the letter is there.
struct parked_letter {
  dead_letter letter;
  std::uint64_t number = 0;
};

/// The dead letters of one read model, in memory. What a batch adds is its own until it is stored:
/// then accept(), otherwise rollback(). One thread.
class letter_box {
 public:
  static constexpr std::size_t key_max_bytes = 1'024;
  using queue = std::deque<parked_letter>;

  struct limits {
    std::size_t keys_max = std::numeric_limits<std::size_t>::max();
    std::size_t per_key_max = std::numeric_limits<std::size_t>::max();
  };

  explicit letter_box(limits most) : limits_(most) {}

  [[nodiscard]] bool empty() const noexcept { return by_key_.empty(); }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t keys() const noexcept { return by_key_.size(); }
  [[nodiscard]] bool holds(std::string_view key) const { return by_key_.contains(key); }

  /// Behind all others of its key. overloaded: a limit is reached. too_large: its key is longer
  /// than key_max_bytes. Nothing is added then.
  [[nodiscard]] result<void> add(dead_letter letter);
  /// What the batch has added, in that order.
  [[nodiscard]] const std::vector<const parked_letter*>& added() const noexcept { return added_; }
  void accept() noexcept { added_.clear(); }
  void rollback();

  /// One that was stored, whatever the limits. @pre numbers ascend
  void restore(parked_letter stored);
  void clear();

  // What is below: @pre nothing is added and not accepted.

  /// In their order; null when the key has none.
  [[nodiscard]] const queue* find(std::string_view key) const;
  /// All keys, that of the oldest letter first.
  [[nodiscard]] std::vector<std::string> keys_by_age() const;
  [[nodiscard]] std::vector<dead_letter> list(const dead_letter_query& query) const;
  [[nodiscard]] std::vector<dead_letter_count> counts() const;
  /// The numbers of the letters for which `is_meant` says so, ascending.
  [[nodiscard]] std::vector<std::uint64_t> numbers_of(
      const std::function<bool(const dead_letter&)>& is_meant) const;
  /// Of all letters, ascending.
  [[nodiscard]] std::vector<position> positions() const;

  /// @param numbers ascending
  void remove(const std::vector<std::uint64_t>& numbers);
  /// The first letter of the key has been tried again without success. @pre there is one
  void failed_again(std::string_view key, std::string why);
  /// Calls `visit` for each letter in ascending order of numbers.
  void each(const std::function<void(const parked_letter&)>& visit) const;

 private:
  const limits limits_;
  // A letter's address stays as it is while letters are added behind it.
  std::map<std::string, queue, std::less<>> by_key_;
  std::uint64_t size_ = 0;
  std::uint64_t next_number_ = 1;
  std::vector<const parked_letter*> added_;
};

}  // namespace cairn::actors

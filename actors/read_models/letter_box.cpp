#include "read_models/letter_box.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {

result<void> letter_box::add(dead_letter letter) {
  const auto found = by_key_.find(letter.sequence_key);
  if (found == by_key_.end()) {
    if (letter.sequence_key.size() > key_max_bytes) {
      return error{error::code::too_large,
                   "a sequence key of " + std::to_string(letter.sequence_key.size()) +
                       " bytes; at most " + std::to_string(key_max_bytes) + " are possible"};
    }
    if (by_key_.size() >= limits_.keys_max) {
      return error{error::code::overloaded,
                   "there are dead letters of " + std::to_string(by_key_.size()) +
                       " sequence keys already, and no more may be parked"};
    }
  } else if (found->second.size() >= limits_.per_key_max) {
    return error{error::code::overloaded,
                 "there are " + std::to_string(found->second.size()) +
                     " dead letters of the sequence key \"" + letter.sequence_key +
                     "\" already, and no more may be parked"};
  }
  std::string key = letter.sequence_key;
  restore({std::move(letter), next_number_});
  added_.push_back(&by_key_.find(key)->second.back());
  return {};
}

void letter_box::rollback() {
  for (; !added_.empty(); added_.pop_back()) {
    const auto of = by_key_.find(added_.back()->letter.sequence_key);
    next_number_ = added_.back()->number;
    of->second.pop_back();
    --size_;
    if (of->second.empty()) by_key_.erase(of);
  }
}

void letter_box::restore(parked_letter stored) {
  CAIRN_ASSERT(stored.number >= next_number_);
  next_number_ = stored.number + 1;
  ++size_;
  by_key_[stored.letter.sequence_key].push_back(std::move(stored));
}

void letter_box::clear() {
  added_.clear();
  by_key_.clear();
  size_ = 0;
  next_number_ = 1;
}

const letter_box::queue* letter_box::find(std::string_view key) const {
  const auto found = by_key_.find(key);
  return found != by_key_.end() ? &found->second : nullptr;
}

std::vector<std::string> letter_box::keys_by_age() const {
  std::vector<std::pair<std::uint64_t, std::string>> aged;
  for (const auto& [key, letters] : by_key_) {
    aged.emplace_back(letters.front().number, key);
  }
  std::sort(aged.begin(), aged.end());
  std::vector<std::string> keys;
  for (auto& [number, key] : aged) {
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<dead_letter> letter_box::list(const dead_letter_query& query) const {
  std::vector<const dead_letter*> found;
  for (const auto& [key, letters] : by_key_) {
    if (query.sequence_key && *query.sequence_key != key) continue;
    for (const parked_letter& one : letters) {
      if (!query.after || *query.after < one.letter.position) found.push_back(&one.letter);
    }
  }
  const auto shown = static_cast<std::ptrdiff_t>(std::min<std::size_t>(query.limit, found.size()));
  std::partial_sort(found.begin(),
                    found.begin() + shown,
                    found.end(),
                    [](const dead_letter* left, const dead_letter* right) {
                      return left->position < right->position;
                    });
  std::vector<dead_letter> page;
  for (auto one = found.begin(); one != found.begin() + shown; ++one) {
    page.push_back(**one);
  }
  return page;
}

std::vector<dead_letter_count> letter_box::counts() const {
  std::vector<dead_letter_count> counts;
  for (const auto& [key, letters] : by_key_) {
    counts.push_back({key, letters.size()});
  }
  return counts;
}

std::vector<std::uint64_t> letter_box::numbers_of(
    const std::function<bool(const dead_letter&)>& is_meant) const {
  std::vector<std::uint64_t> numbers;
  for (const auto& [key, letters] : by_key_) {
    for (const parked_letter& one : letters) {
      if (is_meant(one.letter)) numbers.push_back(one.number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<position> letter_box::positions() const {
  std::vector<position> all;
  for (const auto& [key, letters] : by_key_) {
    for (const parked_letter& one : letters) {
      all.push_back(one.letter.position);
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

void letter_box::remove(const std::vector<std::uint64_t>& numbers) {
  CAIRN_ASSERT(added_.empty());
  const auto is_meant = [&numbers](const parked_letter& one) {
    return std::binary_search(numbers.begin(), numbers.end(), one.number);
  };
  for (auto of = by_key_.begin(); of != by_key_.end();) {
    size_ -= std::erase_if(of->second, is_meant);
    of = of->second.empty() ? by_key_.erase(of) : std::next(of);
  }
}

void letter_box::failed_again(std::string_view key, std::string why) {
  const auto of = by_key_.find(key);
  CAIRN_ASSERT(of != by_key_.end());
  dead_letter& first = of->second.front().letter;
  ++first.attempts;
  first.why = std::move(why);
}

void letter_box::each(const std::function<void(const parked_letter&)>& visit) const {
  std::vector<const parked_letter*> all;
  for (const auto& [key, letters] : by_key_) {
    for (const parked_letter& one : letters) {
      all.push_back(&one);
    }
  }
  std::sort(all.begin(), all.end(), [](const parked_letter* left, const parked_letter* right) {
    return left->number < right->number;
  });
  for (const parked_letter* one : all) {
    visit(*one);
  }
}

}  // namespace cairn::actors

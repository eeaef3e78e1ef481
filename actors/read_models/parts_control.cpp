#include "read_models/model_parts.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

// What operators want is done to all parts, one after the other. Of a sequence key each part knows
// the letters of its own events.

namespace cairn::actors {
namespace {

/// Of several parts, those that have nothing of the kind do not count, unless all have nothing.
class tries {
 public:
  /// False: that was an error of another kind, and it is the answer.
  bool passes(const result<void>& done) {
    if (done) {
      found_ = true;
      return true;
    }
    last_ = done.error();
    return last_.what == error::code::not_found;
  }
  [[nodiscard]] bool found() const noexcept { return found_; }
  [[nodiscard]] const error& last() const noexcept { return last_; }

 private:
  bool found_ = false;
  error last_;
};

template <class T> result<void> without_value(const result<T>& from) {
  return from ? result<void>{} : result<void>{from.error()};
}

}  // namespace

result<void> model_parts::pause() {
  for (const part& one : parts_) {
    if (auto done = one.runner->pause(); !done) return done;
  }
  return {};
}

result<void> model_parts::resume() {
  for (const part& one : parts_) {
    if (auto done = one.runner->resume(); !done) return done;
  }
  return {};
}

result<void> model_parts::reset() {
  for (const part& one : parts_) {
    if (auto done = one.runner->reset(); !done) return done;
  }
  return {};
}

result<void> model_parts::set_checkpoint(std::span<const position> to) {
  for (const part& one : parts_) {
    if (auto done = one.runner->set_checkpoint(to); !done) return done;
  }
  return {};
}

result<rebuild_answer> model_parts::rebuild() {
  rebuild_answer all = rebuild_answer::under_way;
  for (const part& one : parts_) {
    const auto answer = one.runner->rebuild();
    if (!answer) return answer;
    if (*answer != rebuild_answer::under_way) all = *answer;
  }
  return all;
}

result<void> model_parts::cancel_rebuild() {
  tries all;
  for (const part& one : parts_) {
    if (!all.passes(one.runner->cancel_rebuild())) return all.last();
  }
  return all.found() ? result<void>{} : result<void>{all.last()};
}

result<std::vector<dead_letter>> model_parts::dead_letters(const dead_letter_query& query) {
  std::vector<dead_letter> all;
  for (const part& one : parts_) {
    auto some = one.runner->dead_letters(query);
    if (!some) return some;
    std::move(some->begin(), some->end(), std::back_inserter(all));
  }
  std::sort(all.begin(), all.end(), [](const dead_letter& one, const dead_letter& other) {
    return one.position < other.position;
  });
  if (all.size() > query.limit)
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(query.limit), all.end());
  return all;
}

result<std::vector<dead_letter_count>> model_parts::dead_letter_keys() {
  std::map<std::string, dead_letter_count> all;
  for (const part& one : parts_) {
    auto some = one.runner->dead_letter_keys();
    if (!some) return some;
    for (dead_letter_count& count : *some) {
      const auto [known, is_new] = all.try_emplace(count.sequence_key, count);
      if (!is_new) known->second.letters += count.letters;
    }
  }
  std::vector<dead_letter_count> counts;
  for (auto& [key, count] : all)
    counts.push_back(std::move(count));
  return counts;
}

result<dead_letter_report> model_parts::retry_dead_letters(
    const std::optional<std::string>& sequence_key) {
  tries all;
  dead_letter_report sum;
  for (const part& one : parts_) {
    const auto some = one.runner->retry_dead_letters(sequence_key);
    if (!all.passes(without_value(some))) return all.last();
    if (!some) continue;
    sum.applied += some->applied;
    sum.left += some->left;
  }
  return all.found() ? result<dead_letter_report>{sum} : result<dead_letter_report>{all.last()};
}

result<std::uint64_t> model_parts::discard_dead_letters(
    const std::optional<std::string>& sequence_key) {
  tries all;
  std::uint64_t sum = 0;
  for (const part& one : parts_) {
    const auto some = one.runner->discard_dead_letters(sequence_key);
    if (!all.passes(without_value(some))) return all.last();
    sum += some ? *some : 0;
  }
  return all.found() ? result<std::uint64_t>{sum} : result<std::uint64_t>{all.last()};
}

result<void> model_parts::discard_dead_letter(position which) {
  tries all;
  for (const part& one : parts_) {
    if (!all.passes(one.runner->discard_dead_letter(which))) return all.last();
  }
  return all.found() ? result<void>{} : result<void>{all.last()};
}

}  // namespace cairn::actors

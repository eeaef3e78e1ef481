#include "log/hidden_events.hpp"

#include "cairn/assert.hpp"

#include <algorithm>

namespace cairn::persistence {
namespace {

/// The time so long ago, or the beginning of time.
timestamp before(timestamp now, std::chrono::nanoseconds age) noexcept {
  const auto room = now - timestamp{};
  return age < room ? now - age : timestamp{};
}

}  // namespace

hiding_rule rule_of(const stream_facts& facts, const retention& of_type, timestamp now) noexcept {
  const stream_note& note = facts.note;
  const std::uint64_t head = facts.head.value;
  if (note.tombstoned) return {facts.head};
  std::uint64_t up_to = std::min(note.hidden_up_to, head);
  const auto count_max = note.count_max ? note.count_max : of_type.count_max;
  if (count_max && head > *count_max) up_to = std::max(up_to, head - *count_max);
  const auto age_max = note.age_max ? note.age_max : of_type.age_max;
  if (!age_max) return {{up_to}};
  return {{up_to}, before(now, *age_max)};
}

result<version> hide_older(const hiding_rule& rule,
                           version head,
                           std::span<const commit_place> commits,
                           const time_finder& time_of) {
  CAIRN_ASSERT(rule.not_before.has_value());
  while (!commits.empty() && commits.back().base >= head.value)
    commits = commits.first(commits.size() - 1);
  // All before `low` are too old, all from `high` on are not. The first one is looked at first:
  // mostly nothing is too old.
  std::size_t low = 0;
  std::size_t high = commits.size();
  for (std::size_t at = 0; low < high; at = low + (high - low) / 2) {
    const auto time = time_of(commits[at]);
    if (!time) return time.error();
    if (*time < *rule.not_before) {
      low = at + 1;
    } else {
      high = at;
    }
  }
  if (low == 0) return rule.up_to;
  const commit_place& last = commits[low - 1];
  return version{std::max(rule.up_to.value, last.base + last.events)};
}

}  // namespace cairn::persistence

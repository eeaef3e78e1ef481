#include "cairn/persistence/append_guard.hpp"

#include <algorithm>
#include <string>

namespace cairn::persistence {
namespace {

bool has(std::span<const std::string> words, std::string_view word) {
  return words.empty() || std::find(words.begin(), words.end(), word) != words.end();
}

bool is_meant_by(const event_pattern& pattern,
                 const commit_view& commit,
                 std::uint32_t index,
                 std::string_view event_type) {
  return has(pattern.event_types, event_type) && has(pattern.categories, commit.aggregate_type()) &&
         std::all_of(pattern.tags.begin(), pattern.tags.end(), [&](const std::string& tag) {
           return commit.says_tag(index, tag);
         });
}

}  // namespace

bool is_meant(std::span<const event_pattern> patterns,
              const commit_view& commit,
              std::uint32_t index,
              std::string_view event_type) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const event_pattern& one) {
    return is_meant_by(one, commit, index, event_type);
  });
}

std::vector<posting_key> words_of(std::span<const event_pattern> patterns) {
  std::vector<posting_key> words;
  const auto add = [&words](posting_kind kind, std::string_view term) {
    const posting_key word{kind, term};
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  };
  for (const event_pattern& one : patterns) {
    if (!one.tags.empty()) {
      add(posting_kind::tag, one.tags.front());
    } else if (!one.event_types.empty()) {
      for (const std::string& type : one.event_types)
        add(posting_kind::event_type, type);
    } else if (!one.categories.empty()) {
      for (const std::string& category : one.categories)
        add(posting_kind::category, category);
    } else {
      return {};
    }
  }
  return words;
}

error guard_broken(partition_id partition,
                   std::uint64_t offset,
                   const commit_view& commit,
                   std::string_view event_type) {
  return {error::code::conflict,
          "the guard does not allow what was recorded at offset " + std::to_string(offset) +
              " of partition " + std::to_string(partition.value) + ": \"" +
              std::string{event_type} + "\" of " + std::string{commit.aggregate_type()} + "/" +
              std::string{commit.aggregate_id()}};
}

}  // namespace cairn::persistence

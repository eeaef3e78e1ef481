#include "cairn/event_pattern.hpp"

#include "cairn/ids.hpp"

#include <string_view>

namespace cairn {
namespace {

error bad(std::string detail) {
  return {error::code::bad_input, std::move(detail)};
}

result<void> check_words(std::string_view what,
                         std::span<const std::string> words,
                         std::size_t bytes_max) {
  for (const std::string& word : words) {
    if (word.empty()) return bad("a pattern has an empty " + std::string{what});
    if (word.size() > bytes_max) {
      return bad("a pattern's " + std::string{what} + " has at most " + std::to_string(bytes_max) +
                 " bytes, this one " + std::to_string(word.size()));
    }
  }
  return {};
}

}  // namespace

result<void> check_patterns(std::span<const event_pattern> patterns) {
  if (patterns.size() > event_patterns_max) {
    return bad("there may be " + std::to_string(event_patterns_max) + " patterns, not " +
               std::to_string(patterns.size()));
  }
  for (const event_pattern& one : patterns) {
    const std::size_t words = one.categories.size() + one.event_types.size() + one.tags.size();
    if (words > event_pattern_words_max) {
      return bad("a pattern may have " + std::to_string(event_pattern_words_max) + " words, not " +
                 std::to_string(words));
    }
    auto good = check_words("category", one.categories, type_name_max_bytes);
    if (good) good = check_words("event type", one.event_types, type_name_max_bytes);
    if (good) good = check_words("tag", one.tags, message_id_max_bytes);
    if (!good) return good;
  }
  return {};
}

}  // namespace cairn

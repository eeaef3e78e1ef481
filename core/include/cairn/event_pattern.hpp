#pragma once

#include "cairn/result.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cairn {

/// Which events are meant: those of one of these aggregate types, of one of these event types, that
/// carry all of these tags. A list that is empty demands nothing; a pattern without any word means
/// every event. (An item of a query, in the words of dcb.events.)
///
/// Events are looked up by the first tag, if there is one: the one that fewest events carry should
/// stand first.
struct event_pattern {
  /// stable_names of aggregates.
  std::vector<std::string> categories = {};
  /// stable_names of events, as they are stored.
  std::vector<std::string> event_types = {};
  std::vector<std::string> tags = {};

  bool operator==(const event_pattern&) const = default;
};

/// Patterns of one list, at most.
inline constexpr std::size_t event_patterns_max = 64;
/// Words of one pattern, at most.
inline constexpr std::size_t event_pattern_words_max = 64;

/// bad_input: too many patterns or words, an empty word, or one that is longer than what it is
/// compared with can be. The detail names it.
[[nodiscard]] result<void> check_patterns(std::span<const event_pattern> patterns);

}  // namespace cairn

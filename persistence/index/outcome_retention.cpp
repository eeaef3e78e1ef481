#include "cairn/persistence/outcome_retention.hpp"

#include <algorithm>

namespace cairn::persistence {

const outcome_retention* outcome_keeping::of(std::string_view aggregate_type) const noexcept {
  // A walk: there are few types, and a key for find() would have to be a string of its own.
  const auto found = std::find_if(
      by_type.begin(), by_type.end(), [&](const auto& one) { return one.first == aggregate_type; });
  const bool forgets = found != by_type.end() && (found->second.age_max || found->second.count_max);
  return forgets ? &found->second : nullptr;
}

}  // namespace cairn::persistence

#pragma once

#include "cairn/persistence/stream_index.hpp"
#include "cairn/persistence/stream_note.hpp"

#include <functional>
#include <optional>
#include <span>

// Which events of a stream readers are not shown. Logic only: the caller looks into the log.

namespace cairn::persistence {

/// What hides the events of a stream.
struct hiding_rule {
  /// Events up to this version, whatever their age. At most the stream's head.
  version up_to;
  /// Events before this time, too.
  std::optional<timestamp> not_before = std::nullopt;

  bool operator==(const hiding_rule&) const = default;
};

/// What holds for a stream now. A bound that its note does not have is taken from its type.
[[nodiscard]] hiding_rule rule_of(const stream_facts& facts,
                                  const retention& of_type,
                                  timestamp now) noexcept;

/// The time of a commit of the stream.
using time_finder = std::function<result<timestamp>(const commit_place&)>;

/// The version up to which the rule hides events.
///
/// Asks for about log2(commits) times, and for one only when nothing is too old: times never fall.
/// @param commits those behind rule.up_to, in order; what is beyond `head` is left out
/// @pre rule.not_before
[[nodiscard]] result<version> hide_older(const hiding_rule& rule,
                                         version head,
                                         std::span<const commit_place> commits,
                                         const time_finder& time_of);

}  // namespace cairn::persistence

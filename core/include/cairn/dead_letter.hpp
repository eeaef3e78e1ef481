#pragma once

#include "cairn/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace cairn {

/// An event that a read model has parked. The event itself is in the journal.
struct dead_letter {
  cairn::position position;
  /// Letters of one key are applied in the order in which they were parked, or not at all.
  std::string sequence_key;
  /// As stored.
  std::string event_type;
  /// Why it could not be applied at the last attempt; empty while attempts is 0.
  std::string why;
  /// 0: it has never been tried, since it stands behind another letter of its key.
  std::uint32_t attempts = 0;
  timestamp parked_at;

  bool operator==(const dead_letter&) const = default;
};

/// Which dead letters are listed: in ascending order of partition and offset.
struct dead_letter_query {
  /// Only those of this key.
  std::optional<std::string> sequence_key = {};
  /// Only those behind this position; for the next page, the last one's.
  std::optional<position> after = {};
  std::uint32_t limit = 100;
};

/// How many letters a sequence key has.
struct dead_letter_count {
  std::string sequence_key;
  std::uint64_t letters = 0;

  bool operator==(const dead_letter_count&) const = default;
};

/// What a retry has come to.
struct dead_letter_report {
  /// These are applied, and letters no more.
  std::uint64_t applied = 0;
  /// Letters of the keys that were tried which are still parked.
  std::uint64_t left = 0;

  bool operator==(const dead_letter_report&) const = default;
};

}  // namespace cairn

#pragma once

#include "cairn/read_model_options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cairn {

/// Settings of one outbox: which events it hands on, from where, how many at once, and what becomes
/// of those that the receiver refuses.
struct outbox_options {
  /// Aggregates' stable_names: events of one of them. Empty: of any.
  std::vector<std::string> categories = {};
  /// The names that events are stored under: one of them. Empty: any.
  std::vector<std::string> event_types = {};
  /// Events that have all of these.
  std::vector<std::string> tags = {};

  /// Where an outbox begins of which nothing is stored.
  enum class origin : std::uint8_t {
    beginning,  ///< At the first event of the journal.
    now,        ///< Behind what is durable at its first start: earlier events are not sent.
  };
  origin start_from = origin::beginning;

  /// Events that are handed over and not yet confirmed, at most; at least 1.
  std::uint32_t events_in_flight_max = 1'000;
  /// Of their payloads together, as they are stored; one event is always let through. At least 1.
  std::uint64_t bytes_in_flight_max = std::uint64_t{8} << 20U;

  /// An event that the receiver refuses, or that cannot be read: as one that a read model cannot
  /// apply. `strong` means that commands sent with `.wait_for = cairn::strong` are answered once
  /// their events are confirmed.
  read_model_options trouble = {};
};

}  // namespace cairn

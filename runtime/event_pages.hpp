#pragma once

#include "cairn/events.hpp"
#include "cairn/persistence/journal.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

// Pages of events of all partitions in one order.

namespace cairn {

/// A recorded event with its JSON, of an event in this partition.
using event_recorder = std::function<recorded_event(partition_id, const persistence::found_event&)>;

/// Errors as of runtime::events.
/// @param deadline how long to wait for the index, by the machine's clock; the query's own timeout
/// is not looked at
/// @param visible see persistence::event_range; may be null
[[nodiscard]] result<event_page> read_event_page(std::span<persistence::journal* const> journals,
                                                 const event_query& query,
                                                 persistence::journal::time_point deadline,
                                                 const event_recorder& record,
                                                 const persistence::event_filter& visible);

/// For each partition the offset in front of the first event that the query looks at, forwards.
/// bad_input: as of runtime::events. corrupt.
[[nodiscard]] result<std::vector<std::uint64_t>> find_start(
    std::span<persistence::journal* const> journals, const event_query& query);

}  // namespace cairn

#pragma once

#include "cairn/detail/erased_read_model.hpp"
#include "cairn/event_publisher.hpp"
#include "cairn/outbox_options.hpp"

#include <memory>
#include <string>

namespace cairn::actors {

/// The read model that hands events to a publisher, for a read_model_runner: it has no rows, and
/// its checkpoint stands behind what is confirmed. Of a batch that broke off, what was confirmed is
/// not sent again.
///
/// @param store_id stands at the beginning of all event ids; never changes
/// @pre `into` is not null
[[nodiscard]] std::unique_ptr<detail::read_model_type> make_outbox(
    std::string name,
    std::string store_id,
    std::unique_ptr<event_publisher> into,
    outbox_options options);

}  // namespace cairn::actors

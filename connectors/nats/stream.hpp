#pragma once

#include "connection.hpp"

#include "cairn/nats/stream_options.hpp"

#include <string>

namespace cairn::nats {

/// unavailable.
[[nodiscard]] result<context_owner> context_of(natsConnection& connection);

enum class found_or_made : bool { found, made };

/// Makes sure that the stream is there.
/// not_found: it is not, and shall not be made. unavailable: there is no word of it.
/// @param subjects of a stream that is made
/// @param kept how long one that is made keeps its messages
[[nodiscard]] result<found_or_made> ensure_stream(jsCtx& context,
                                                  const stream_options& stream,
                                                  const std::string& subjects,
                                                  jsRetentionPolicy kept);

}  // namespace cairn::nats

#pragma once

#include "cairn/result.hpp"

#include <cstdint>
#include <string_view>

// What a stream answers to a message.

namespace cairn::nats {

/// An answer of JetStream: nothing when the message is stored, or was already.
/// too_large: the stream refuses one of this size. bad_config: it is another stream than expected,
/// or another one has written to it. unavailable: it cannot store it now.
/// @param json the body of the answer
[[nodiscard]] result<void> stored_by_stream(std::string_view json);

/// The error of a server that has this number and these words.
[[nodiscard]] error stream_error(int number, std::string_view words);

}  // namespace cairn::nats

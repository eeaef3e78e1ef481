#pragma once

#include "cairn/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// One delivery of a message by a consumer of JetStream, and what may be said to it.

namespace cairn::nats {

/// What the reply subject of a message says: "$JS.ACK.…". A value.
struct delivery {
  /// Where its acknowledgement goes to.
  std::string acknowledge_to;
  std::string stream;
  std::uint64_t number_in_stream = 0;
  /// When the stream took the message, in ns.
  std::string stored_at;
  /// 1 at first.
  std::uint64_t attempt = 1;
};

/// Nothing: the message does not come from a consumer.
[[nodiscard]] std::optional<delivery> delivery_from(std::string_view reply_subject);

/// An id for a message that has none, the same at each delivery. The time is in it because a stream
/// that is made anew counts from 1 again.
[[nodiscard]] std::string message_id_of(const delivery& of);

/// It is done with.
inline constexpr std::string_view acknowledged = "+ACK";
/// It is of no use, and not to come again.
inline constexpr std::string_view terminated = "+TERM";
/// It is being worked on.
inline constexpr std::string_view in_progress = "+WPI";
/// It is to come again, not before `pause` is over.
[[nodiscard]] std::string again_after(std::chrono::nanoseconds pause);

/// Whether a command that failed so should be tried once more.
enum class retry : std::uint8_t {
  never,       ///< The same will come of it.
  some_times,  ///< Another command, or another version of the program, may make it possible.
  always,      ///< Nothing is wrong with it.
};
[[nodiscard]] retry retry_of(error::code what);

/// `first` before the second attempt, twice as long before each further one, at most `longest`.
[[nodiscard]] std::chrono::nanoseconds pause_behind(std::uint64_t attempt,
                                                    std::chrono::nanoseconds first,
                                                    std::chrono::nanoseconds longest);

}  // namespace cairn::nats

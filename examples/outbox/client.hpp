#pragma once

#include "support/exit_code.hpp"

#include <chrono>
#include <cstdint>
#include <string>

// What the others do, who know nothing of Cairn: plain calls of a client of NATS.

namespace cinema {

/// Puts a command into the stream, and prints the answer on stdout. A timeout of 0: does not wait
/// for one. rejected: the domain says no; failed: anything else went wrong, or there was no answer.
[[nodiscard]] support::exit_code send(const std::string& server,
                                      const std::string& command,
                                      std::chrono::milliseconds timeout);

/// Prints the events, from the first one on, one a line: id, type, aggregate, fields. Ends after
/// `count` of them, or with a signal; 0: only with a signal.
[[nodiscard]] support::exit_code listen(const std::string& server, std::uint64_t count);

}  // namespace cinema

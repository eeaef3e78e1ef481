#pragma once

namespace support {

/// From here on, the first SIGINT or SIGTERM does not end the process but is noted; another one, at
/// least two seconds later, ends it, wherever it waits. Call it once, from main.
void catch_stop_signals();

/// The number of the signal that came, or 0. Any thread.
[[nodiscard]] int stop_signal() noexcept;

}  // namespace support

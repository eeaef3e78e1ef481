#pragma once

namespace support {

/// From here on, SIGINT and SIGTERM no longer end the process but are noted. Call it once, from
/// main.
void catch_stop_signals();

/// The number of the signal that came, or 0. Any thread.
[[nodiscard]] int stop_signal() noexcept;

}  // namespace support

#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace cairn {

/// How much a line in the log matters.
enum class log_level : std::uint8_t {
  debug,    ///< For those who look for a fault in Cairn.
  info,     ///< A milestone: opened, recovered, stopped.
  warning,  ///< Something was mended or left out; work goes on.
  error,    ///< Something stopped working; a person should look.
};

[[nodiscard]] std::string_view to_string(log_level level) noexcept;

/// Takes one line without its line break. Called from any thread, several at once; must not block
/// for long and must not call back into Cairn. What it throws is dropped.
using log_sink = std::function<void(log_level level, std::string_view line)>;

/// A sink that forgets everything: the default, since a guest does not write where it was not told.
[[nodiscard]] log_sink silent_log();

/// A sink that writes "cairn: warning: ..." to stderr, from `least` on.
[[nodiscard]] log_sink stderr_log(log_level least = log_level::info);

}  // namespace cairn

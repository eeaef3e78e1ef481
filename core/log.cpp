#include "cairn/log.hpp"

#include "cairn/assert.hpp"

#include <cstdio>
#include <string>

namespace cairn {

std::string_view to_string(log_level level) noexcept {
  switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warning: return "warning";
    case log_level::error: return "error";
  }
  CAIRN_UNREACHABLE();
}

log_sink silent_log() {
  return [](log_level /*level*/, std::string_view /*line*/) {
  };
}

log_sink stderr_log(log_level least) {
  return [least](log_level level, std::string_view line) {
    if (level < least) return;
    // One write per line, so that lines of several threads do not mix.
    std::string text{"cairn: "};
    text.append(to_string(level)).append(": ").append(line).append("\n");
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
}

}  // namespace cairn

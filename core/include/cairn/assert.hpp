#pragma once

// Assertions stay on in release builds. We are guests in somebody's process: what happens when one
// fails is for the host to say.

namespace cairn {

/// Called with the broken condition and its place. May throw, log, or end the process. When it
/// returns, the process is ended by std::abort, since the code below relied on the condition.
using assertion_handler = void (*)(const char* condition, const char* file, int line);

/// Replaces the handler for the whole process; null restores the default, which writes one line to
/// stderr. Any thread. Returns the handler that was replaced.
assertion_handler set_assertion_handler(assertion_handler handler) noexcept;

namespace detail {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}  // namespace detail

}  // namespace cairn

/// What must be true here, or the program has a mistake. One condition per assertion.
#define CAIRN_ASSERT(condition) \
  ((condition) ? void(0) : ::cairn::detail::assertion_failed(#condition, __FILE__, __LINE__))

/// Stands after a switch that returns in every case.
#define CAIRN_UNREACHABLE() ::cairn::detail::assertion_failed("unreachable", __FILE__, __LINE__)

#pragma once

#include "cairn/log.hpp"
#include "cairn/result.hpp"

#include <filesystem>

// In relaxed mode the loss of power may take the end of the log, but not what was derived from it:
// a snapshot or a view may then know events that have never happened. So while a store is open in
// that mode, a file "relaxed" says on which boot of the machine. A store that was not closed before
// the machine started again has its derived data thrown away; it is built anew from the log.

namespace cairn::persistence {

/// Throws derived data away when the file says that it may be ahead of the log. Before any of it is
/// opened. io_failed.
[[nodiscard]] result<void> heed_relaxed_marker(const std::filesystem::path& store,
                                               const log_sink& log);

/// Durably, before the first command of a store in relaxed mode. io_failed.
[[nodiscard]] result<void> set_relaxed_marker(const std::filesystem::path& store);

/// Once everything is synced.
void clear_relaxed_marker(const std::filesystem::path& store) noexcept;

}  // namespace cairn::persistence

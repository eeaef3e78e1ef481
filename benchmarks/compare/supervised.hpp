#pragma once

#include "compare/peer.hpp"

#include <filesystem>
#include <functional>

namespace bench {

/// Does `work` in a process of its own, with a directory on the disk under `disk` and one for
/// sockets. However that process ends, and also when this one is told to end (SIGTERM, SIGINT,
/// SIGHUP), everything that it has started is ended, too, and the directories are removed.
///
/// Returns what `work` returns; false when its process did not end by itself. Ends this process by
/// the signal that told it to. Throws std::system_error. Must be called before there are threads.
[[nodiscard]] bool supervised(const std::filesystem::path& disk,
                              const std::function<bool(const places&)>& work);

}  // namespace bench

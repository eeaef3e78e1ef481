#pragma once

#include "cairn/detail/watcher.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_model_status.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace cairn::detail {

/// A running read model as its readers see it. Any thread.
class read_model_access {
 public:
  read_model_access() = default;
  read_model_access(const read_model_access&) = delete;
  read_model_access& operator=(const read_model_access&) = delete;
  virtual ~read_model_access() = default;

  /// Blocks until the read model has applied everything up to all of these positions and, if
  /// `caught_up`, everything that was durable at the call. Pictures taken afterwards show it.
  /// stale: it has not by the end of the timeout; the detail says where it is. stopped: on an
  /// error. bad_input: a position of a partition that there is not. shutting_down.
  [[nodiscard]] virtual result<void> wait_for(std::span<const position> all_of,
                                              bool caught_up,
                                              std::chrono::nanoseconds timeout) = 0;

  /// Calls `look` once with a consistent picture: the address of the model's const state or tables.
  /// `look` must not throw, and must not ask a read model. stopped, shutting_down: it was not
  /// called. Other errors: the picture could not be read, and what `look` made of it is of no use.
  [[nodiscard]] virtual result<void> look(const std::function<void(const void*)>& look) const = 0;

  /// The same, and then tells of what comes behind that picture: exactly the updates of events
  /// that it does not show, in their order, none missing and none twice. `look` is called after the
  /// registration; what comes meanwhile waits in the watcher's buffer. Errors as of look().
  [[nodiscard]] virtual result<std::shared_ptr<watcher>> watch(
      watcher::options wish, const std::function<void(const void*)>& look) = 0;

  [[nodiscard]] virtual std::vector<position> checkpoints() const = 0;
  [[nodiscard]] virtual read_model_status status() const = 0;
};

}  // namespace cairn::detail

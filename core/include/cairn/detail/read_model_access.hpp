#pragma once

#include "cairn/detail/watcher.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_model_status.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cairn::detail {

/// What a query demands of the picture that it is answered from.
struct picture_demand {
  std::span<const position> all_of = {};
  /// Everything that was durable at the call.
  bool caught_up = false;
  /// It has been built once; see read_options::built.
  bool built = false;
  /// It is one of the program's version, not of the former one.
  bool own_version = false;
  std::chrono::nanoseconds timeout{0};
  /// Of a read model in parts: only this one must show it. Nothing: all of them.
  std::optional<std::size_t> part = {};
};

/// Who looks at a picture. Called once; must not throw, and must not ask a read model.
struct picture_visit {
  /// Given the address of the model's const state or tables.
  std::function<void(const void*)> own = {};
  /// The same of the model's former version. Empty: it cannot answer what is asked.
  std::function<void(const void*)> former = {};
  /// Whose picture it is to be, of a read model in parts.
  std::size_t part = 0;
};

/// A running read model as its readers see it. Any thread.
class read_model_access {
 public:
  read_model_access() = default;
  read_model_access(const read_model_access&) = delete;
  read_model_access& operator=(const read_model_access&) = delete;
  virtual ~read_model_access() = default;

  /// In how many parts the model is kept, each for as many slices; see read_model_options::slices.
  [[nodiscard]] virtual std::size_t parts() const noexcept { return 1; }

  /// Blocks until pictures taken afterwards show what is demanded, in particular everything up to
  /// all of these positions. stale: they do not by the end of the timeout; the detail says where
  /// the read model is. stopped: on an error. bad_input: a position of a partition that there is
  /// not. shutting_down.
  [[nodiscard]] virtual result<void> wait_for(const picture_demand& demand) = 0;

  /// Calls `who` once with a consistent picture. stopped, shutting_down: it was not called; stale:
  /// nor then, since only the former version could answer, and cannot. Other errors: the picture
  /// could not be read, and what was made of it is of no use.
  [[nodiscard]] virtual result<void> look(const picture_visit& who) const = 0;

  /// The same with a picture of the program's version, and then tells of what comes behind that
  /// picture: exactly the updates of events that it does not show, in their order, none missing and
  /// none twice. `look` is called after the registration, and again when another copy of the read
  /// model has taken over meanwhile; what comes waits in the watcher's buffer. Errors as of look().
  [[nodiscard]] virtual result<std::shared_ptr<watcher>> watch(
      watcher::options wish, const std::function<void(const void*)>& look) = 0;

  [[nodiscard]] virtual std::vector<position> checkpoints() const = 0;
  [[nodiscard]] virtual read_model_status status() const = 0;
};

}  // namespace cairn::detail

#pragma once

#include "read_models/watch_hub.hpp"

#include "cairn/actors/read_model_runner.hpp"

#include <functional>
#include <memory>

namespace cairn::actors {

/// What a runner is among the copies of a read model; by default the only one.
///
/// A copy that does not serve is quiet: nobody hears of its updates, nothing is called after its
/// commits, and all that it applies is a replay, since the copy that serves has told of it.
struct copy_role {
  bool serves = true;
  /// As whom its user code is known (read_model_at_work). Null: itself.
  const read_model_runner* face = nullptr;
  /// Those who watch the read model, whichever copy serves. They are their owner's to start and
  /// stop. Null: its own.
  std::shared_ptr<watch_hub> watches = {};
  /// Called by its strand after whatever it did. Must not block. Empty: nobody cares.
  std::function<void()> has_run = {};
  /// Behind "read model NAME, version V" in messages.
  std::string suffix = {};
  /// It is alone, so that what is stored for older versions goes once it has caught up.
  bool removes_older_versions = true;
  /// While it is quiet, its batches take so many hundredths of the time.
  std::uint32_t percent = 100;
};

}  // namespace cairn::actors

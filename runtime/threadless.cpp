#include "body.hpp"

#include <utility>

// A runtime on an executor without threads: the parts that would have one each are strands, too.

namespace cairn {

std::function<void()> runtime::body::carry(std::string_view name, std::function<bool()> step) {
  executor_->call_next(name);
  std::unique_ptr<actors::strand>& place = carriers_.emplace_back();
  place =
      executor_->attach(actors::executor::kind::may_block, [at = &place, step = std::move(step)] {
        if (step()) (*at)->wake();
      });
  return [at = &place] {
    (*at)->wake();
  };
}

void runtime::body::carry_journals() {
  for (persistence::journal* journal : journals_) {
    const std::string which = std::to_string(journal->partition().value);
    auto wake_writer = carry("writer " + which, [journal] { return journal->writer().step(); });
    auto wake_index = carry("index " + which, [journal] { return journal->step_index(); });
    journal->run_by(std::move(wake_writer), std::move(wake_index));
  }
}

/// What the threads would do while stop() waits for them.
void runtime::body::finish_without_threads() {
  admission_.close();
  if (!executor_ || !recovery_) return;
  executor_->run_until([this] { return admission_.is_drained(); }, parts_.settings.stop_timeout);
  for (aggregate_entry* entry : aggregates_in_order_) {
    for (auto& one : entry->hosts)
      one->detach();
  }
  // Readers that were not served: nobody would do it any more.
  recovery_->stop();
}

}  // namespace cairn

#include "hosts/deciding.hpp"
#include "hosts/host_body.hpp"

#include "cairn/assert.hpp"

#include <utility>

// What happens when a group fails that decisions were made on top of.
//
// Those of the group itself have their answers. What was decided later has never been tried: the
// writer sends it back, in the order in which it was decided, and the aggregates' states are read
// again. A state is read only when the writer has gone through everything that it had of the
// aggregate (reload() waits for that in the writer's own queue), so by then all of its commands are
// back, and they are decided again in the order in which they came, before any that came later.
//
// It comes to an end: a group fails only when it has commits, and these are answered.

namespace cairn::actors {
namespace {

/// Whether it was set aside when the burst `durable` was the newest one, for all that is true.
bool was_set_aside(const detail::command_message& wish, std::uint64_t durable) noexcept {
  const auto marks = wish.marks();
  const bool was_taken_out = marks.taken_out_on != detail::command_message::never;
  return was_taken_out && marks.taken_out_on > durable && marks.set_aside_on <= durable;
}

}  // namespace

/// By a thread of the writer.
void host::body::decide_again(message& wish) noexcept {
  if (taken_back_.push(&wish)) strand_->wake();
}

void host::body::see_failures() {
  const std::uint64_t era = around_.journal->writer().era();
  if (era == era_) return;
  era_ = era;
  // Begun for a command that came to nothing, and not sent: of the old era, it would be refused.
  CAIRN_ASSERT(!burst_ || burst_->empty());
  burst_.reset();
  const std::uint64_t durable = durable_burst();
  slots_.each([this, durable](slot& one) {
    if (one.last_burst > durable) take_back(one, durable);
  });
}

/// Nothing that was decided behind the burst `durable` has happened.
void host::body::take_back(slot& at, std::uint64_t durable) {
  if (at.rare || at.now != slot::phase::awake) at.more().durable_then = durable;
  if (at.rare) {
    rare_parts& rare = *at.rare;
    // The decisions that wanted it may be among those that have never happened.
    rare.sleep = rare.unstash = rare.snapshot = false;
    rare.taken_back.merge(rare.stash.take_if(
        [durable](const message& wish) { return wish.marks().set_aside_on > durable; }));
    rare.stash.merge(at.waiting.take_if(
        [durable](const message& wish) { return was_set_aside(wish, durable); }));
  }
  // One that is lent is read again when it comes home, and one that is being read already waits.
  if (at.now == slot::phase::awake) reload(at);
}

void host::body::take_in_again(message* oldest) {
  while (message* const wish = oldest) {
    oldest = wish->next;
    slot* const at = slots_.find(wish->aggregate_id, wish->stream_hash);
    if (at == nullptr) {
      // It could not be read again since everything is being stopped.
      wish->failed({error::code::shutting_down, "the runtime has stopped"});
      continue;
    }
    CAIRN_ASSERT(at->now != slot::phase::awake);
    some_wait_ = true;
    rare_parts& rare = at->more();
    (was_set_aside(*wish, rare.durable_then) ? rare.stash : rare.taken_back).insert(wish);
  }
}

}  // namespace cairn::actors

#include "hosts/deciding.hpp"
#include "hosts/host_body.hpp"

#include "cairn/assert.hpp"

#include <utility>

// Aggregates on loan to atomic commits, and what is recorded of a stream beside its events.

namespace cairn::actors {

void host::body::hold(slot& at, hold_message& wish) {
  const std::shared_ptr<atomic_commit> owner = wish.owner();
  auto lent = std::make_unique<loan>();
  if (!owner->command_id().empty()) {
    auto known = find_outcome(at, owner->command_id());
    if (!known) return wish.failed(known.error());
    lent->known = *std::move(known);
  }
  lent->aggregate_id = at.id;
  lent->stream_hash = at.hash;
  lent->around = &around_;
  lent->limits = &settings_;
  lent->instance = std::move(at.instance);
  lent->version = at.version;
  lent->note = at.note();
  lent->era = era_;
  lent->wall = wall_;
  at.now = slot::phase::held;
  // What it was decided on must come before it in the writer's queue.
  submit_burst();
  const std::size_t participant = wish.participant();
  const std::unique_ptr<hold_message> done{&wish};
  owner->take(participant, std::move(lent));
}

void host::body::settle(loan& back) {
  slot* const found = slots_.find(back.aggregate_id, back.stream_hash);
  CAIRN_ASSERT(found != nullptr);
  slot& at = *found;
  CAIRN_ASSERT(at.now == slot::phase::held);
  if (back.committed) {
    // Our next burst comes after the commit in the writer's queue, so it stands for it here.
    burst().wait_for_commits(nullptr);
    at.last_burst = burst().sequence();
  }
  // The state rests on something that a failed group took back, or it could not be put back.
  if (back.spoiled || back.era != era_) return reload(at);
  at.instance = std::move(back.instance);
  at.version = back.version;
  at.now = slot::phase::awake;
  if (back.remember) at.recent.add(back.command_id, std::move(back.remember), at.last_burst);
  if (back.unstash) at.more().unstash = true;
  if (back.wants_snapshot) at.more().snapshot = true;
  if (back.sleep) {
    at.more().sleep = true;
    sleepy_.push_back({std::string{at.id}, at.hash});
  }
  if (back.committed) snapshot_if_due(at);
  if (back.committed) weigh(at, at.bytes);
  if (at.rare) unstash_if_wanted(at);
  drain_mailbox(at);
}

void host::body::note(slot& at, stream_wish& wish) {
  const persistence::stream_note before = at.note();
  const auto made = wish.decide(before, at.version);
  if (!made) {
    wish.will_fail(made.error());
    return answer_when_safe(at, wish);
  }
  persistence::burst& open = burst();
  open.begin_commit(head_of(wish, around_.type_name, at.id, at.version, wall_),
                    around_.first_event_name);
  at.more().note = *made;
  if (made->reset_at != before.reset_at || made->tombstoned) {
    at.instance = around_.type->make();
    weigh(at, at.bytes);
  }
  wish.will_be_accepted(at.version, false);
  if (!wish.command_id.empty()) remember(at, wish, false, 0);
  open.finish_note(*made, &wish);
  count_unanswered(at);
}

}  // namespace cairn::actors

#include "hosts/deciding.hpp"
#include "hosts/host_body.hpp"

#include "cairn/assert.hpp"

#include <utility>

namespace cairn::actors {

void host::body::handle(slot& at, message& wish) {
  execute(at, wish);
  if (at.rare) unstash_if_wanted(at);
}

void host::body::drain_mailbox(slot& at) {
  if (at.rare && !at.rare->taken_back.empty()) {
    at.waiting.merge(std::exchange(at.rare->taken_back, {}));
  }
  while ((at.now == slot::phase::awake || at.now == slot::phase::aside) && !at.waiting.empty()) {
    execute(at, *at.waiting.pop());
    if (at.rare && std::exchange(at.rare->unstash, false)) take_stash_out(at);
  }
}

void host::body::unstash_if_wanted(slot& at) {
  if (!std::exchange(at.rare->unstash, false)) return;
  take_stash_out(at);
  drain_mailbox(at);
}

/// Before what waits, since it came earlier.
void host::body::take_stash_out(slot& at) {
  mailbox taken = at.rare->stash.take_if([&at](message& wish) {
    wish.mark({.set_aside_on = wish.marks().set_aside_on, .taken_out_on = at.last_burst});
    return true;
  });
  at.waiting.prepend(std::move(taken));
}

void host::body::execute(slot& at, message& wish) {
  submit_large_burst();
  if (turned_away(at, wish)) return;
  if (wish.deadline <= now_) {
    return wish.failed({error::code::expired, "the deadline passed before it was decided"});
  }
  if (wish.what_for == message::purpose::hold) return hold(at, static_cast<hold_message&>(wish));
  if (!wish.command_id.empty() && answered_from_memory(at, wish)) return;
  if (at.rare && at.rare->note.tombstoned) {
    wish.will_fail(was_deleted(name_of(at)));
    return answer_when_safe(at, wish);
  }
  if (!wish.expected.met_by(at.version, at.removed())) {
    wish.will_fail(conflicts(name_of(at), wish.expected, at.version));
    return answer_when_safe(at, wish);
  }
  if (wish.what_for == message::purpose::note) return note(at, static_cast<stream_wish&>(wish));
  decide(at, wish);
}

/// Null: the aggregate does not know this command id.
result<std::shared_ptr<detail::remembered_outcome>> host::body::find_outcome(
    slot& at, const std::string& command_id) {
  if (auto original = at.recent.find(command_id)) return original;
  if (at.recent.forget_indexed(indexed_burst_)) at.remembers_all = false;
  if (at.remembers_all) return std::shared_ptr<detail::remembered_outcome>{};
  const auto stored = around_.journal->outcome({name_, at.id}, command_id);
  if (!stored) return stored.error();
  if (!stored->has_value()) return std::shared_ptr<detail::remembered_outcome>{};
  const persistence::stored_outcome& known = **stored;
  auto memory = std::make_shared<detail::remembered_outcome>();
  memory->rejected = known.rejected;
  memory->rejection = known.rejection;
  memory->version_after = known.version_after;
  memory->durable_offset_plus_one = known.offset + 1;
  return memory;
}

/// A command id that has been seen before gets what it got then.
bool host::body::answered_from_memory(slot& at, message& wish) {
  auto known = find_outcome(at, wish.command_id);
  if (!known) {
    wish.failed(known.error());
    return true;
  }
  if (*known == nullptr) return false;
  if (wish.wants_reply() && !(*known)->rejected) {
    if (auto replied = reply_again(at, wish, **known); !replied) {
      wish.failed(replied.error());
      return true;
    }
  }
  const bool durable = (*known)->durable_offset_plus_one.load(std::memory_order_acquire) != 0;
  wish.will_repeat(*std::move(known));
  if (durable) {
    answer_now(wish);
  } else {
    burst().wait_for_commits(&wish);
    count_unanswered(at);
  }
  return true;
}

void host::body::decide(slot& at, message& wish) {
  auto head = head_of(wish, around_.type_name, at.id, at.version, wall_);
  head.tags_events = tags_events_;
  persistence::burst& open = burst();
  open.begin_commit(head, around_.first_event_name);
  detail::decided made;
  try {
    made = at.instance->decide(wish, context_of(head, wish.command_id), open);
  } catch (...) {
    open.abandon_commit();
    return wish.failed(thrown_by("decide", name_of(at)));
  }
  switch (made.what) {
    case detail::decided::kind::accepted: return accept(at, wish, std::move(made));
    case detail::decided::kind::rejected: return reject(at, wish, made.rejection);
    case detail::decided::kind::unhandled:
      open.abandon_commit();
      counters_.unhandled.fetch_add(1, std::memory_order_relaxed);
      wish.will_fail(not_handled(name_of(at)));
      return answer_when_safe(at, wish);
    case detail::decided::kind::stashed: open.abandon_commit(); return stash(at, wish);
  }
  CAIRN_UNREACHABLE();
}

void host::body::accept(slot& at, message& wish, detail::decided&& made) {
  persistence::burst& open = burst();
  if (auto why = exceeds_limits(open, settings_, open.commit_bytes())) {
    open.abandon_commit();
    return wish.failed(*why);
  }
  const std::uint32_t events = open.events_so_far();
  result<bool> asked = false;
  try {
    asked = at.instance->evolve_decided(at.version, open);
  } catch (...) {
    open.abandon_commit();
    wish.failed(thrown_by(tags_events_ ? "evolve or tags_of" : "evolve", name_of(at)));
    return reload(at);
  }
  if (tags_events_) {
    // Only now the tags are known; the state is ahead of what is stored.
    if (auto why = exceeds_limits(open, settings_, open.commit_bytes())) {
      open.abandon_commit();
      wish.failed(*why);
      return reload(at);
    }
  }
  if (made.replies && !make_reply(at, wish)) return;
  if (!asked) {
    tell_no_snapshot(asked.error(), name_of(at), around_.log);
  } else if (*asked) {
    at.more().snapshot = true;
  }
  at.version.value += events;
  wish.will_be_accepted(at.version, events > 0);
  if (made.beside) {
    if (made.beside->unstash) at.more().unstash = true;
    if (made.beside->sleep) {
      at.more().sleep = true;
      sleepy_.push_back({std::string{at.id}, at.hash});
    }
    wish.then(std::move(made.beside));
  }
  if (events == 0 && wish.command_id.empty()) {
    open.abandon_commit();
    return answer_when_safe(at, wish);
  }
  if (!wish.command_id.empty()) {
    remember(at, wish, false, 0, made.replies ? stored_reply_.view() : byte_view{});
  }
  const std::size_t told = open.commit_bytes();
  open.finish_commit(&wish);
  count_unanswered(at);
  snapshot_if_due(at);
  weigh(at, told);
}

void host::body::reject(slot& at, message& wish, std::int64_t why) {
  wish.will_be_rejected(why, at.version);
  if (wish.command_id.empty()) {
    burst().abandon_commit();
    return answer_when_safe(at, wish);
  }
  // Recorded, so that a repeat gets the same answer whatever the state is by then.
  CAIRN_ASSERT(burst().events_so_far() == 0);
  remember(at, wish, true, why);
  burst().finish_rejection(why, &wish);
  count_unanswered(at);
}

void host::body::stash(slot& at, message& wish) {
  if (at.more().stash.size() >= settings_.stash_max) {
    error why{error::code::overloaded,
              name_of(at) + " has set aside " + std::to_string(settings_.stash_max) + " commands"};
    why.retry_after = around_.journal->writer().retry_after();
    return wish.failed(why);
  }
  some_wait_ = true;
  // When what took it out may still be lost, it is as if it had been here all the time.
  const auto marks = wish.marks();
  const bool was_taken_out = marks.taken_out_on != message::never;
  const bool may_be_lost = was_taken_out && marks.taken_out_on > durable_burst();
  wish.mark({.set_aside_on = may_be_lost ? marks.set_aside_on : at.last_burst,
             .taken_out_on = message::never});
  at.rare->stash.insert(&wish);
}

void host::body::remember(
    slot& at, message& wish, bool rejected, std::int64_t why, byte_view reply) {
  auto memory = std::make_shared<detail::remembered_outcome>();
  memory->rejected = rejected;
  memory->rejection = why;
  memory->version_after = at.version;
  memory->reply.assign(reply.begin(), reply.end());
  wish.remember_in(memory);
  at.recent.add(wish.command_id, std::move(memory), burst().sequence());
}

void host::body::snapshot_if_due(slot& at) {
  const std::uint64_t every = settings_.snapshot_every;
  const bool by_count = every != 0 && at.version.value >= at.next_snapshot;
  const bool on_demand = at.rare && std::exchange(at.rare->snapshot, false);
  if (!by_count && !on_demand) return;
  if (!at.instance->knows_all_events()) return;
  if (by_count) at.next_snapshot = (at.version.value / every + 1) * every;
  byte_buffer state;
  try {
    at.instance->save(state);
  } catch (...) {
    // A snapshot saves time and nothing else: the command goes on without.
    return tell(log_level::warning,
                "no snapshot: " + describe(thrown_by("serialize", name_of(at))));
  }
  persistence::snapshot_store::item made{name_,
                                         std::string{at.id},
                                         {at.version,
                                          wall_,
                                          around_.type->state_schema_version(),
                                          {state.view().begin(), state.view().end()}},
                                         {},
                                         {}};
  // One that the aggregate asked for is kept until the count makes it old.
  const version bound = snapshots_to_erase(at.version, settings_);
  if (by_count && bound.value > 0) {
    made.erase_up_to = bound;
    if (settings_.hide_events) made.hide_up_to = bound;
  }
  if (burst().empty()) burst().wait_for_commits(nullptr);
  burst().add_snapshot(std::move(made));
}

/// How much memory the aggregate holds: looked at when it wakes, and when what it has been told
/// since is no longer small beside that.
void host::body::weigh(slot& at, std::size_t told) {
  if (settings_.awake_bytes_max == 0) return;
  at.told_bytes += told;
  if (at.bytes != 0 && at.told_bytes * 4 < at.bytes) return;
  at.told_bytes = 0;
  if (at.bytes == 0) ++weighed_;
  bytes_ -= at.bytes;
  try {
    at.bytes = sizeof(slot) + at.id.size() + at.instance->bytes();
  } catch (...) {
    at.bytes = sizeof(slot);
  }
  bytes_ += at.bytes;
}

void host::body::count_unanswered(slot& at) {
  const std::uint64_t sequence = burst().sequence();
  at.last_burst = sequence;
  if (at.unanswered.empty() || at.unanswered.back().first != sequence) {
    at.unanswered.emplace_back(sequence, 0);
  }
  ++at.unanswered.back().second;
}

void host::body::answer_when_safe(slot& at, message& wish) {
  if (at.last_burst <= durable_burst()) return answer_now(wish);
  burst().wait_for_commits(&wish);
  count_unanswered(at);
}

void host::body::answer_now(message& wish) {
  wish.durable({around_.journal->partition(), around_.journal->durable_offset()});
}

}  // namespace cairn::actors

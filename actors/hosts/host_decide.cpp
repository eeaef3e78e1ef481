#include "hosts/host_body.hpp"

#include "cairn/assert.hpp"

#include <exception>
#include <utility>

namespace cairn::actors {
namespace {

std::string_view view_or_empty(const std::unique_ptr<detail::command_message::message_ids>& ids,
                               std::string detail::command_message::message_ids::*member) {
  return ids ? std::string_view{(*ids).*member} : std::string_view{};
}

/// Names the exception that is being handled.
error thrown_by(std::string_view function, const std::string& aggregate) {
  std::string detail{function};
  detail.append(" of ").append(aggregate).append(" threw");
  try {
    throw;
  } catch (const std::exception& thrown) {
    detail.append(": ").append(thrown.what());
  } catch (...) {
    detail.append(" something that is no std::exception");
  }
  return {error::code::user_code_threw, std::move(detail)};
}

}  // namespace

void host::body::execute(slot& at, message& wish) {
  submit_large_burst();
  if (at.now == slot::phase::put_aside) return wish.failed(at.aside);
  if (wish.deadline <= now_) {
    return wish.failed({error::code::expired, "the deadline passed before it was decided"});
  }
  if (!wish.command_id.empty() && answered_from_memory(at, wish)) return;
  if (!wish.expected.met_by(at.version)) {
    wish.will_fail({error::code::conflict,
                    "expected " + wish.expected.describe() + " of " + name_ + "/" +
                        wish.aggregate_id + ", it has version " + std::to_string(at.version.value),
                    at.version.value});
    return answer_when_safe(at, wish);
  }
  decide(at, wish);
}

/// A command id that has been seen before gets what it got then.
bool host::body::answered_from_memory(slot& at, message& wish) {
  if (auto original = at.recent.find(wish.command_id)) {
    const bool durable = original->durable_offset_plus_one.load(std::memory_order_acquire) != 0;
    wish.will_repeat(std::move(original));
    if (durable) {
      answer_now(wish);
    } else {
      burst().wait_for_commits(&wish);
      count_unanswered(at);
    }
    return true;
  }
  if (at.recent.forget_indexed(indexed_burst_)) at.remembers_all = false;
  if (at.remembers_all) return false;
  const auto stored = around_.journal->outcome({name_, at.id}, wish.command_id);
  if (!stored) {
    wish.failed(stored.error());
    return true;
  }
  if (!stored->has_value()) return false;
  const persistence::stored_outcome& known = **stored;
  auto memory = std::make_shared<detail::remembered_outcome>();
  memory->rejected = known.rejected;
  memory->rejection = known.rejection;
  memory->version_after = known.version_after;
  memory->durable_offset_plus_one = known.offset + 1;
  wish.will_repeat(std::move(memory));
  answer_now(wish);
  return true;
}

void host::body::decide(slot& at, message& wish) {
  using ids = message::message_ids;
  persistence::commit_head head;
  head.aggregate_type = around_.type_name;
  head.aggregate_id = at.id;
  head.base = at.version;
  head.time = wall_;
  head.command_id = wish.command_id;
  head.correlation_id = view_or_empty(wish.ids, &ids::correlation_id);
  head.causation_id = view_or_empty(wish.ids, &ids::causation_id);
  head.principal = view_or_empty(wish.ids, &ids::principal);
  if (wish.ids) head.tags = wish.ids->tags;
  const context around{.now = wall_,
                       .version = at.version,
                       .aggregate_id = at.id,
                       .command_id = wish.command_id,
                       .correlation_id = head.correlation_id,
                       .principal = head.principal};
  persistence::burst& open = burst();
  open.begin_commit(head, around_.first_event_name);
  detail::decided made;
  try {
    made = at.instance->decide(wish, around, open);
  } catch (...) {
    open.abandon_commit();
    return wish.failed(thrown_by("decide", name_ + "/" + wish.aggregate_id));
  }
  if (made.rejected) return reject(at, wish, made.rejection);
  if (auto why = exceeds_limits()) {
    open.abandon_commit();
    return wish.failed(*why);
  }
  const std::uint32_t events = open.events_so_far();
  try {
    at.instance->evolve_decided();
  } catch (...) {
    open.abandon_commit();
    wish.failed(thrown_by("evolve", name_ + "/" + wish.aggregate_id));
    return reload(at);
  }
  at.version.value += events;
  wish.will_be_accepted(at.version);
  if (events == 0 && wish.command_id.empty()) {
    open.abandon_commit();
    return answer_when_safe(at, wish);
  }
  if (!wish.command_id.empty()) remember(at, wish, false, 0);
  open.finish_commit(&wish);
  count_unanswered(at);
  snapshot_if_due(at);
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

std::optional<error> host::body::exceeds_limits() const {
  const auto too_large = [](std::string_view what, std::uint64_t is, std::uint64_t limit) {
    return error{
        error::code::too_large,
        std::string{what} + ": " + std::to_string(is) + ", the limit is " + std::to_string(limit)};
  };
  if (burst_->events_so_far() > settings_.commit_events_max) {
    return too_large("events of one command", burst_->events_so_far(), settings_.commit_events_max);
  }
  if (burst_->largest_event() > settings_.event_bytes_max) {
    return too_large("bytes of an event", burst_->largest_event(), settings_.event_bytes_max);
  }
  if (burst_->commit_bytes() > settings_.commit_bytes_max) {
    return too_large("bytes of a commit", burst_->commit_bytes(), settings_.commit_bytes_max);
  }
  return std::nullopt;
}

void host::body::remember(slot& at, message& wish, bool rejected, std::int64_t why) {
  auto memory = std::make_shared<detail::remembered_outcome>();
  memory->rejected = rejected;
  memory->rejection = why;
  memory->version_after = at.version;
  wish.remember_in(memory);
  at.recent.add(wish.command_id, std::move(memory), burst().sequence());
}

void host::body::snapshot_if_due(slot& at) {
  const std::uint64_t every = settings_.snapshot_every;
  if (every == 0 || at.version.value < at.next_snapshot) return;
  if (!at.instance->knows_all_events()) return;
  at.next_snapshot = (at.version.value / every + 1) * every;
  byte_buffer state;
  try {
    at.instance->save(state);
  } catch (...) {
    // A snapshot saves time and nothing else: the command goes on without.
    const error why = thrown_by("serialize", name_ + "/" + std::string{at.id});
    if (around_.log != nullptr) (*around_.log)(log_level::warning, "no snapshot: " + describe(why));
    return;
  }
  burst().add_snapshot({name_,
                        std::string{at.id},
                        {at.version,
                         wall_,
                         around_.type->state_schema_version(),
                         {state.view().begin(), state.view().end()}}});
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

#include "cairn/actors/atomic_commit.hpp"

#include "hosts/deciding.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <tuple>
#include <utility>

namespace cairn::actors {
namespace {

using detail::erased_outcome;

erased_outcome failure(error why) {
  erased_outcome made;
  made.why = std::move(why);
  return made;
}

std::string name_of(const loan& at) {
  return actors::name_of(at.around->type->name(), at.aggregate_id);
}

persistence::commit_head head_of(const detail::command_message& wish,
                                 const loan& at,
                                 std::string_view command_id) {
  auto head = actors::head_of(wish, at.around->type_name, at.aggregate_id, at.version, at.wall);
  head.command_id = command_id;
  return head;
}

}  // namespace

atomic_commit::atomic_commit(std::vector<part> parts,
                             options settings,
                             persistence::journal& journal,
                             std::function<void(atomic_result&&)> done)
    : parts_(std::move(parts)),
      settings_(std::move(settings)),
      journal_(journal),
      done_(std::move(done)) {}

atomic_commit::~atomic_commit() = default;

void atomic_commit::start(std::shared_ptr<atomic_commit> what) {
  what->find_participants();
  what->hold_next();
}

void atomic_commit::find_participants() {
  std::vector<std::size_t> order(parts_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [this](std::size_t i) {
    const part& one = parts_[i];
    return std::tie(one.at, one.aggregate_id);
  };
  std::stable_sort(order.begin(), order.end(), [&key](std::size_t a, std::size_t b) {
    const auto [host_a, id_a] = key(a);
    const auto [host_b, id_b] = key(b);
    if (host_a == host_b) return id_a < id_b;
    if (host_a->number() != host_b->number()) return host_a->number() < host_b->number();
    return std::less<>{}(host_a, host_b);
  });
  participant_of_.resize(parts_.size());
  for (const std::size_t i : order) {
    const part& one = parts_[i];
    const bool known = !participants_.empty() && participants_.back().at == one.at &&
                       participants_.back().aggregate_id == one.aggregate_id;
    if (!known) {
      participants_.emplace_back();
      participants_.back().at = one.at;
      participants_.back().aggregate_id = one.aggregate_id;
      participants_.back().stream_hash = one.stream_hash;
    }
    participant_of_[i] = participants_.size() - 1;
    if (one.wish) ++participants_.back().wishes_left;
  }
}

void atomic_commit::hold_next() {
  if (next_hold_ == participants_.size()) return decide_all();
  const participant& next = participants_[next_hold_];
  auto message = std::make_unique<hold_message>(shared_from_this(), next_hold_);
  message->aggregate_id = next.aggregate_id;
  message->stream_hash = next.stream_hash;
  message->deadline = settings_.deadline;
  next.at->send(message.release());
}

void atomic_commit::take(std::size_t which, std::unique_ptr<loan> what) {
  participants_[which].version_before = what->version;
  participants_[which].lent = std::move(what);
  ++next_hold_;
  hold_next();
}

void atomic_commit::refuse(std::size_t which, const error& why) {
  const auto first = std::find(participant_of_.begin(), participant_of_.end(), which);
  result_.part = static_cast<std::size_t>(first - participant_of_.begin());
  result_.outcome = failure(why);
  send_home();
  finish();
}

void atomic_commit::decide_all() {
  std::uint64_t era = participants_.front().lent->era;
  // Of an older era: a group has failed meanwhile, and the writer refuses what was decided before.
  for (const participant& one : participants_)
    era = std::min(era, one.lent->era);
  burst_ = std::make_unique<persistence::burst>(origin_, 1, era);
  const auto all_decided = [this] {
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (!decide_part(i)) return false;
    }
    for (std::size_t i = 0; i < participants_.size(); ++i) {
      if (!evolve(participants_[i])) return false;
    }
    return true;
  };
  if (answered_from_memory()) return submit();
  if (settings_.guard_broken) {
    end_with(0, failure(*std::exchange(settings_.guard_broken, std::nullopt)));
    return submit();
  }
  if (all_decided()) accept();
  // What failed changes nothing, whatever has been recorded meanwhile.
  if (is_guarded() && result_.outcome.what != erased_outcome::kind::failed) {
    burst_->guard_with(settings_.guard, *this);
  }
  submit();
}

/// It is a repeat when the id was used for the same aggregates. Only the one that rejected
/// remembers a rejection, and nobody what others were asked then.
bool atomic_commit::answered_from_memory() {
  if (settings_.command_id.empty()) return false;
  std::optional<std::size_t> rejected;
  std::optional<std::size_t> accepted;
  bool repeated = false;
  for (std::size_t i = 0; i < parts_.size() && !repeated; ++i) {
    const auto& known = lent(i).known;
    if (!parts_[i].wish || !known) continue;
    auto& first = known->rejected ? rejected : accepted;
    if (!first) first = i;
    if (known->rejected) continue;
    const auto same = was_this(lent(i));
    if (!same) {
      end_with(i, failure(same.error()));
      return true;
    }
    repeated = *same;
  }
  if (repeated) {
    repeat();
  } else if (rejected) {
    original_.push_back(lent(*rejected).known);
    result_.part = *rejected;
    result_.outcome.what = erased_outcome::kind::rejected;
    result_.outcome.rejection = original_.front()->rejection;
  } else if (accepted) {
    end_with(*accepted,
             failure({error::code::conflict,
                      name_of(lent(*accepted)) + " knows the command id \"" + settings_.command_id +
                          "\" from a command to other aggregates than these"}));
  }
  return repeated || rejected || accepted;
}

/// Whether the id that the aggregate remembers as accepted was used for the same aggregates.
result<bool> atomic_commit::was_this(const loan& at) {
  const detail::remembered_outcome& known = *at.known;
  const std::vector<std::uint64_t> mine = streams_with_wish();
  if (!known.streams.empty()) return known.streams == mine;
  const std::uint64_t durable = known.durable_offset_plus_one.load(std::memory_order_acquire);
  // Not durable yet and a command by itself.
  if (durable == 0) return mine == std::vector{at.stream_hash};
  const auto stored = journal_.linked_streams(
      {at.around->type->name(), at.aggregate_id}, settings_.command_id, durable - 1);
  if (!stored) return stored.error();
  return *stored == mine;
}

std::vector<std::uint64_t> atomic_commit::streams_with_wish() const {
  std::vector<std::uint64_t> found;
  for (const part& one : parts_) {
    if (one.wish) found.push_back(one.stream_hash);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void atomic_commit::repeat() {
  result_.outcome.what = erased_outcome::kind::accepted;
  result_.outcome.receipt.repeated = true;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const auto& known = lent(i).known;
    result_.versions.push_back(known ? known->version_after : lent(i).version);
    if (parts_[i].wish && known && !known->rejected) original_.push_back(known);
  }
}

bool atomic_commit::check_part(std::size_t index) {
  const loan& at = lent(index);
  if (at.note.tombstoned) {
    end_with(index, failure(was_deleted(name_of(at))));
    return false;
  }
  const bool removed = at.version.value > 0 && at.note.reset_at == at.version.value;
  if (parts_[index].expected.met_by(at.version, removed)) return true;
  end_with(index, failure(conflicts(name_of(at), parts_[index].expected, at.version)));
  return false;
}

bool atomic_commit::decide_part(std::size_t index) {
  participant& who = participants_[participant_of_[index]];
  // A second wish is decided on the state that the first one leads to.
  if (!evolve(who) || !check_part(index)) return false;
  if (!parts_[index].wish) return true;
  const bool may_be_undone = is_guarded() || who.wishes_left > 1;
  if (may_be_undone && !who.backup) who.backup = who.lent->instance->clone();
  const bool is_last = --who.wishes_left == 0;
  loan& at = *who.lent;
  persistence::commit_head head =
      head_of(*parts_[index].wish, at, is_last ? settings_.command_id : std::string_view{});
  head.tags_events = at.around->type->tags_events();
  const context around = context_of(head, settings_.command_id);
  burst_->begin_commit(head, at.around->first_event_name);
  detail::decided made;
  try {
    made = at.instance->decide(*parts_[index].wish, around, *burst_);
  } catch (...) {
    end_with(index, failure(thrown_by("decide", name_of(at))));
    return false;
  }
  switch (made.what) {
    case detail::decided::kind::accepted: break;
    case detail::decided::kind::rejected: reject(index, made.rejection); return false;
    case detail::decided::kind::unhandled:
      end_with(index, failure(not_handled(name_of(at))));
      return false;
    case detail::decided::kind::stashed:
      end_with(
          index,
          failure({error::code::unhandled,
                   name_of(at) + " would set it aside, which an atomic commit cannot wait for"}));
      return false;
  }
  return add_commit(index, std::move(made));
}

bool atomic_commit::add_commit(std::size_t index, detail::decided&& made) {
  participant& who = participants_[participant_of_[index]];
  loan& at = *who.lent;
  const std::uint32_t events = burst_->events_so_far();
  who.events = events;
  who.evolved = false;
  // The tags of events are of the state after them, and stand in the commit. When a later part is
  // refused, the state is read again.
  if (at.around->type->tags_events() && !evolve(who)) return false;
  bytes_ += burst_->commit_bytes();
  if (auto why = exceeds_limits(*burst_, *at.limits, bytes_)) {
    end_with(index, failure(*why));
    return false;
  }
  const bool carries_id = !settings_.command_id.empty() && who.wishes_left == 0;
  if (events == 0 && !carries_id) {
    burst_->abandon_commit();
  } else {
    if (commits_++ > 0) burst_->link_with_next();
    burst_->finish_commit(nullptr);
    at.committed = true;
  }
  if (made.beside) {
    at.unstash = at.unstash || made.beside->unstash;
    at.sleep = at.sleep || made.beside->sleep;
    beside_.emplace_back(index, std::move(made.beside));
  }
  return true;
}

bool atomic_commit::evolve(participant& who) {
  if (who.evolved) return true;
  who.evolved = true;
  loan& at = *who.lent;
  try {
    const auto asked = at.instance->evolve_decided(at.version, *burst_);
    if (!asked) {
      tell_no_snapshot(asked.error(), name_of(at), at.around->log);
    } else if (*asked) {
      at.wants_snapshot = true;
    }
  } catch (...) {
    who.touched = true;
    const auto index = std::find(participant_of_.begin(),
                                 participant_of_.end(),
                                 static_cast<std::size_t>(&who - participants_.data()));
    end_with(static_cast<std::size_t>(index - participant_of_.begin()),
             failure(thrown_by("evolve", name_of(at))));
    return false;
  }
  who.touched = true;
  at.version.value += std::exchange(who.events, 0);
  return true;
}

void atomic_commit::accept() {
  result_.outcome.what = erased_outcome::kind::accepted;
  result_.outcome.has_events =
      std::any_of(participants_.begin(), participants_.end(), [](const participant& who) {
        return who.lent->version != who.version_before;
      });
  for (std::size_t i = 0; i < parts_.size(); ++i)
    result_.versions.push_back(lent(i).version);
  if (settings_.command_id.empty()) return;
  for (participant& who : participants_) {
    if (!who.lent->committed) continue;
    remember(*who.lent, false, 0);
  }
}

void atomic_commit::remember(loan& at, bool rejected, std::int64_t why) {
  auto memory = std::make_shared<detail::remembered_outcome>();
  memory->rejected = rejected;
  memory->rejection = why;
  memory->version_after = at.version;
  if (!rejected) memory->streams = streams_with_wish();
  memories_.push_back(memory);
  at.command_id = settings_.command_id;
  at.remember = std::move(memory);
}

void atomic_commit::reject(std::size_t index, std::int64_t why) {
  erased_outcome made;
  made.what = erased_outcome::kind::rejected;
  made.rejection = why;
  end_with(index, std::move(made));
  if (settings_.command_id.empty()) return;
  // Recorded, so that a repeat gets the same answer whatever the state is by then.
  loan& at = lent(index);
  burst_->begin_commit(head_of(*parts_[index].wish, at, settings_.command_id),
                       at.around->first_event_name);
  burst_->finish_rejection(why, nullptr);
  at.committed = true;
  remember(at, true, why);
}

/// Nothing of what was decided so far is to happen.
void atomic_commit::end_with(std::size_t index, erased_outcome&& what) {
  result_.part = index;
  result_.outcome = std::move(what);
  burst_ = std::make_unique<persistence::burst>(origin_, 1, burst_->era());
  put_back();
}

/// The states are to go home as they came.
void atomic_commit::put_back() {
  beside_.clear();
  for (participant& who : participants_) {
    loan& at = *who.lent;
    at.committed = at.wants_snapshot = at.unstash = at.sleep = false;
    at.remember = nullptr;
    if (who.backup) {
      at.instance = std::move(who.backup);
      who.touched = false;
    } else if (who.touched) {
      at.spoiled = true;
    }
    at.version = who.version_before;
  }
}

void atomic_commit::submit() {
  // Also an answer without a commit rests on states that may not be durable yet.
  burst_->wait_for_commits(this);
  // The commit stands and falls with its era: a host that has seen a newer one must not keep what
  // was decided here.
  for (const participant& one : participants_)
    one.lent->era = burst_->era();
  self_ = shared_from_this();
  const auto stay = self_;
  const bool stays = waits_for_verdict_ = burst_->guard() != nullptr;
  // From here on a thread of the writer may be in durable(), which leaves the participants alone,
  // or in judged(), which has them to itself.
  journal_.writer().submit(std::move(burst_));
  if (!stays) send_home();
}

void atomic_commit::judged(bool holds) noexcept {
  waits_for_verdict_ = false;
  if (!holds) put_back();
  send_home();
}

void atomic_commit::send_home() {
  for (participant& who : participants_) {
    if (who.lent) who.at->take_back(std::move(who.lent));
  }
}

void atomic_commit::durable(position newest) noexcept {
  for (const auto& memory : memories_)
    memory->durable_offset_plus_one.store(newest.offset + 1, std::memory_order_release);
  if (!original_.empty()) {
    // The original stands before us in the same queue, so it has its offsets by now.
    newest.offset = 0;
    for (const auto& one : original_)
      newest.offset = std::max(newest.offset, one->durable_offset_plus_one.load() - 1);
  }
  result_.outcome.receipt.position = newest;
  finish();
}

void atomic_commit::failed(const error& why) noexcept {
  // Refused before it was judged.
  if (waits_for_verdict_) judged(false);
  result_ = {};
  result_.outcome.why = why;
  finish();
}

/// Begins anew as another one, since this one may still be sending its states home. It comes behind
/// the commands that have come meanwhile.
void atomic_commit::rests_on_nothing(const detail::taken_back& why) noexcept {
  // Refused before it was judged.
  if (waits_for_verdict_) judged(false);
  const bool was_tried = why.in_group && commits_ > 0;
  if (was_tried || why.lasting) {
    const bool may_be_stored = was_tried || !original_.empty();
    return failed(may_be_stored ? why.group : why.later);
  }
  const auto stay = std::exchange(self_, nullptr);
  start(std::make_shared<atomic_commit>(
      std::move(parts_), std::move(settings_), journal_, std::move(done_)));
}

void atomic_commit::finish() noexcept {
  const auto stay = std::exchange(self_, nullptr);
  const bool accepted = result_.outcome.what == erased_outcome::kind::accepted;
  if (accepted) {
    for (const auto& [which, code] : beside_) {
      receipt done = result_.outcome.receipt;
      done.version = result_.versions[which];
      detail::call_after_commit(*code, done);
    }
  }
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (!parts_[i].wish) continue;
    erased_outcome outcome = result_.outcome;
    if (accepted) outcome.receipt.version = result_.versions[i];
    parts_[i].wish.release()->complete(std::move(outcome));
  }
  done_(std::move(result_));
}

}  // namespace cairn::actors

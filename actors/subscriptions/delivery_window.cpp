#include "cairn/actors/delivery_window.hpp"

#include "cairn/assert.hpp"

#include <algorithm>

namespace cairn::actors {
namespace {

/// Mixes a bucket and a consumer, so that each bucket prefers the consumers in another order.
std::uint64_t liking(std::uint64_t bucket, std::uint64_t who) {
  std::uint64_t mixed = (bucket + 1) * 0x9e3779b97f4a7c15U ^ who * 0xc2b2ae3d27d4eb4fU;
  mixed = (mixed ^ (mixed >> 29U)) * 0xbf58476d1ce4e5b9U;
  return mixed ^ (mixed >> 32U);
}

}  // namespace

delivery_window::delivery_window(settings how,
                                 offsets reached,
                                 std::map<position, remembered> known)
    : how_(std::move(how)),
      reached_(std::move(reached)),
      stored_(reached_),
      read_(reached_),
      known_(std::move(known)),
      order_(reached_.size()) {
  CAIRN_ASSERT(how_.consumers_max > 0);
  CAIRN_ASSERT(how_.events_max > 0);
}

result<delivery_window::consumer_id> delivery_window::join(std::uint32_t credit) {
  if (credit == 0) return error{error::code::bad_input, "a consumer needs a credit of 1 or more"};
  if (consumers_.size() >= how_.consumers_max) {
    return error{error::code::overloaded,
                 "the subscription has " + std::to_string(consumers_.size()) +
                     " consumers, and consumers_max is " + std::to_string(how_.consumers_max)};
  }
  const consumer_id who = next_consumer_++;
  consumers_[who].credit = credit;
  share_out();
  return who;
}

void delivery_window::leave(consumer_id who) {
  if (consumers_.erase(who) == 0) return;
  share_out();
  for (auto& [number, one] : entries_) {
    if (one.now != state::delivered || one.consumer != who) continue;
    // It is not the event's fault.
    --one.attempts;
    take_from_consumer(one);
    one.now = state::waiting;
    make_ready(number, one);
  }
}

/// Each bucket goes to the consumer that it likes best, so few change when somebody comes or goes.
void delivery_window::share_out() {
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    consumer_id best = 0;
    for (const auto& [who, about] : consumers_) {
      if (best == 0 || liking(bucket, who) > liking(bucket, best)) best = who;
    }
    owners_[bucket] = best;
  }
}

std::uint32_t delivery_window::room() const noexcept {
  const std::size_t taken = entries_.size() - replays_.size();
  return taken < how_.events_max ? how_.events_max - static_cast<std::uint32_t>(taken) : 0;
}

bool delivery_window::wants_more() const noexcept {
  // Not for each event alone, unless there is nothing else to deliver.
  const std::uint32_t free = room();
  return free > 0 && (free >= how_.events_max / 2 || count().waiting == 0);
}

delivery_window::counts delivery_window::count() const noexcept {
  return {entries_.size() - delivered_ - settled_, delivered_, settled_};
}

void delivery_window::add(recorded_event&& event, std::string key) {
  const position at = event.position;
  const std::size_t partition = at.partition.value;
  CAIRN_ASSERT(room() > 0);
  CAIRN_ASSERT(at.offset > read_[partition]);
  read_[partition] = at.offset;
  const std::uint64_t number = next_entry_++;
  entry& one = entries_[number];
  one.at = at;
  one.key = std::move(key);
  one.event = std::make_shared<const recorded_event>(std::move(event));
  order_[partition].emplace(at.offset, number);
  if (const auto row = known_.extract(at); !row.empty()) {
    one.has_row = true;
    one.attempts = row.mapped().attempts;
    if (row.mapped().settled) {
      one.now = state::settled;
      one.event.reset();
      ++settled_;
      return advance(partition);
    }
  }
  line_up(number, one);
}

void delivery_window::passed(const offsets& read_up_to) {
  for (std::size_t i = 0; i < read_.size(); ++i) {
    read_[i] = std::max(read_[i], read_up_to[i]);
    // Events that were known and are hidden by now.
    const partition_id here{static_cast<std::uint16_t>(i)};
    while (true) {
      const auto row = known_.lower_bound({here, 0});
      if (row == known_.end() || row->first.partition != here || row->first.offset > read_[i])
        break;
      dirty_.insert(row->first);
      known_.erase(row);
    }
    advance(i);
  }
}

result<void> delivery_window::replay(recorded_event&& event,
                                     const parked_note& note,
                                     std::string key) {
  if (replays_.contains(event.position)) return {};
  if (replays_.size() >= how_.events_max) {
    return error{error::code::overloaded,
                 std::to_string(replays_.size()) + " parked events are being replayed"};
  }
  const std::uint64_t number = next_entry_++;
  entry& one = entries_[number];
  one.at = event.position;
  one.is_replay = true;
  one.key = std::move(key);
  one.event = std::make_shared<const recorded_event>(std::move(event));
  replays_.emplace(one.at, number);
  if (!note.replaying) {
    parked_note now = note;
    now.replaying = true;
    parked_changes_[one.at] = std::move(now);
  }
  line_up(number, one);
  return {};
}

void delivery_window::line_up(std::uint64_t number, entry& one) {
  if (how_.keyed) {
    one.bucket = static_cast<std::uint32_t>(detail::hash_of_stream({}, one.key) % buckets);
    lines_[one.key].push_back(number);
  }
  make_ready(number, one);
}

/// Unless another one of its key comes first.
void delivery_window::make_ready(std::uint64_t number, const entry& one) {
  if (!how_.keyed || lines_[one.key].front() == number) ready_.insert(number);
}

void delivery_window::stop_timer(entry& one) {
  if (one.timer) times_.erase(*one.timer);
  one.timer.reset();
}

void delivery_window::waits(consumer_id who, bool yes) {
  const auto found = consumers_.find(who);
  if (found != consumers_.end()) found->second.waits = yes;
}

/// Whether there is nothing left for `who` once those who wait, and were served longer ago, have
/// taken an event each.
bool delivery_window::others_come_first(const consumer& who) const {
  std::size_t others = 0;
  for (const auto& [id, other] : consumers_) {
    if (other.waits && other.in_flight < other.credit && other.last_served < who.last_served)
      ++others;
  }
  return ready_.size() <= others;
}

std::optional<delivery_window::handed_out> delivery_window::take(consumer_id who, time_point now) {
  const auto found = consumers_.find(who);
  if (found == consumers_.end() || ready_.empty()) return std::nullopt;
  consumer& taker = found->second;
  if (taker.in_flight >= taker.credit) return std::nullopt;
  if (!how_.keyed && others_come_first(taker)) return std::nullopt;
  const auto place = std::find_if(ready_.begin(), ready_.end(), [&](std::uint64_t number) {
    return !how_.keyed || owners_[entries_.at(number).bucket] == who;
  });
  if (place == ready_.end()) return std::nullopt;
  const std::uint64_t number = *place;
  ready_.erase(place);
  entry& one = entries_.at(number);
  one.now = state::delivered;
  one.consumer = who;
  ++one.attempts;
  ++one.deliveries;
  ++delivered_;
  one.timer = times_.emplace(now + how_.ack_timeout, number);
  ++taker.in_flight;
  taker.last_served = ++served_;
  return handed_out{{number, one.deliveries}, one.event, one.attempts};
}

void delivery_window::take_from_consumer(entry& one) {
  stop_timer(one);
  --delivered_;
  const auto had = consumers_.find(one.consumer);
  if (had != consumers_.end()) --had->second.in_flight;
  one.consumer = 0;
}

bool delivery_window::is_delivered(const token& which) const {
  const auto found = entries_.find(which.entry);
  return found != entries_.end() && found->second.now == state::delivered &&
         found->second.deliveries == which.delivery;
}

result<void> delivery_window::settle(const token& which,
                                     const verdict& what,
                                     time_point now,
                                     timestamp today) {
  if (!is_delivered(which)) {
    return error{error::code::expired,
                 "this delivery is over: it was answered, took too long, or its consumer has left"};
  }
  entry& one = entries_.at(which.entry);
  take_from_consumer(one);
  switch (what.what) {
    case verdict::kind::ack:
    case verdict::kind::skip:
      if (one.is_replay) parked_changes_[one.at] = std::nullopt;
      finish(which.entry, one);
      return {};
    case verdict::kind::retry: fail(which.entry, one, what, now, today); return {};
    case verdict::kind::park: park(which.entry, one, what.reason, today); return {};
  }
  CAIRN_UNREACHABLE();
}

void delivery_window::tick(time_point now, timestamp today) {
  while (!times_.empty() && times_.begin()->first <= now) {
    const std::uint64_t number = times_.begin()->second;
    entry& one = entries_.at(number);
    if (one.now == state::delivered) {
      take_from_consumer(one);
      fail(number, one, {verdict::kind::retry, {}, "it was not acknowledged in time"}, now, today);
    } else {
      stop_timer(one);
      make_ready(number, one);
    }
  }
}

std::optional<delivery_window::time_point> delivery_window::next_time() const {
  if (times_.empty()) return std::nullopt;
  return times_.begin()->first;
}

void delivery_window::fail(
    std::uint64_t number, entry& one, const verdict& what, time_point now, timestamp today) {
  if (one.attempts > how_.retries_max) {
    return park(
        number, one, "delivered " + std::to_string(one.attempts) + " times: " + what.reason, today);
  }
  if (!one.is_replay) dirty_.insert(one.at);
  wait_again(number, one, now + what.delay, now);
}

void delivery_window::wait_again(std::uint64_t number, entry& one, time_point due, time_point now) {
  one.now = state::waiting;
  if (due <= now) return make_ready(number, one);
  one.timer = times_.emplace(due, number);
}

void delivery_window::park(std::uint64_t number,
                           entry& one,
                           const std::string& reason,
                           timestamp today) {
  parked_changes_[one.at] = parked_note{reason, today, one.attempts, false};
  finish(number, one);
}

/// Settles what is in nobody's hands; the next one of its key may come.
void delivery_window::finish(std::uint64_t number, entry& one) {
  if (how_.keyed) {
    const auto line = lines_.find(one.key);
    CAIRN_ASSERT(line->second.front() == number);
    line->second.pop_front();
    if (line->second.empty()) {
      lines_.erase(line);
    } else {
      const std::uint64_t next = line->second.front();
      const entry& behind = entries_.at(next);
      if (behind.now == state::waiting && !behind.timer) ready_.insert(next);
    }
  }
  if (one.is_replay) {
    replays_.erase(one.at);
    entries_.erase(number);
    return;
  }
  one.now = state::settled;
  one.event.reset();
  ++settled_;
  settled_since_ = true;
  dirty_.insert(one.at);
  advance(one.at.partition.value);
}

void delivery_window::advance(std::size_t partition) {
  auto& order = order_[partition];
  while (!order.empty()) {
    const auto found = entries_.find(order.begin()->second);
    if (found->second.now != state::settled) break;
    if (found->second.has_row) {
      dirty_.insert(found->second.at);
    } else {
      dirty_.erase(found->second.at);
    }
    entries_.erase(found);
    --settled_;
    order.erase(order.begin());
  }
  reached_[partition] = order.empty() ? read_[partition] : order.begin()->first - 1;
}

std::uint64_t delivery_window::unsaved_progress() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < reached_.size(); ++i)
    sum += reached_[i] - stored_[i];
  return sum;
}

delivery_window::changes delivery_window::take_changes() {
  changes made{.reached = reached_, .rows = {}, .parked = {}};
  for (const position& at : dirty_) {
    std::optional<remembered> row;
    const auto& order = order_[at.partition.value];
    if (const auto place = order.find(at.offset); place != order.end()) {
      entry& one = entries_.at(place->second);
      // A delivery that is on its way counts once it has failed, not when the process ends in it.
      const std::uint32_t on_its_way = one.now == state::delivered ? 1 : 0;
      row = remembered{one.now == state::settled, one.attempts - on_its_way};
      one.has_row = true;
    }
    made.rows.emplace_back(at, row);
  }
  made.parked.assign(parked_changes_.begin(), parked_changes_.end());
  dirty_.clear();
  parked_changes_.clear();
  settled_since_ = false;
  stored_ = reached_;
  return made;
}

void delivery_window::give_back(changes&& failed) {
  for (const auto& [at, row] : failed.rows)
    dirty_.insert(at);
  for (auto& [at, note] : failed.parked)
    parked_changes_.try_emplace(at, std::move(note));
  settled_since_ = true;
}

}  // namespace cairn::actors

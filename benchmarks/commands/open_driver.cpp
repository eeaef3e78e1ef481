#include "commands/open_driver.hpp"

#include <algorithm>
#include <sys/prctl.h>
#include <thread>
#include <utility>

namespace bench {
namespace {

using namespace std::chrono_literals;

/// Clients beyond what Cairn takes, so that its refusal is seen.
constexpr std::uint32_t clients_beyond = 1024;
constexpr auto retry_pause = 1ms;
constexpr auto without_clients_pause = 200us;

}  // namespace

open_driver::open_driver(cairn::runtime& app,
                         const options& chosen,
                         const open_loop& wanted,
                         const aggregate_choice& choice)
    : load(app,
           chosen.payload_bytes,
           chosen.settings.commands_in_flight_max + clients_beyond,
           choice),
      wanted_(wanted) {
  free_.reserve(clients().size());
  for (client& one : clients())
    free_.push_back(&one);
}

load::timed open_driver::run(std::chrono::nanoseconds how_long) {
  // By default the kernel wakes a thread up to 50 us late; this is about the sender's thread only.
  prctl(PR_SET_TIMERSLACK, 1UL);
  course now_running{schedule{wanted_, runs_++}, steady::now(), {}, how_long, {}};
  now_running.give_up = now_running.begin + 3 * how_long;
  now_running.due = now_running.due_times.next();
  while (now_running.more() || free_.size() + broken_ < clients().size()) {
    const std::uint32_t seen = news_.load(std::memory_order_acquire);
    const bool came_back = take_answers();
    const bool sent_again = send_refused();
    const bool sent = send_due(now_running);
    if (!came_back && !sent_again && !sent) wait_for_news(now_running, seen);
  }
  return {steady::now() - now_running.begin, now_running.sent};
}

bool open_driver::take_answers() {
  client* one = back_.take_all();
  if (one == nullptr) return false;
  while (one != nullptr) {
    client& who = *std::exchange(one, one->next);
    switch (who.last) {
      case fate::accepted: free_.push_back(&who); break;
      case fate::refused:
        refused_.push_back(&who);
        ++refusals_;
        again_at_ = steady::now() + retry_pause;
        break;
      case fate::broken: ++broken_; break;
    }
  }
  return true;
}

bool open_driver::send_refused() {
  if (refused_.empty() || steady::now() < again_at_) return false;
  for (client* one : std::exchange(refused_, {}))
    send(*one);
  return true;
}

bool open_driver::send_due(course& now_running) {
  // A look at the clock for so many at most, so that answers are taken meanwhile.
  constexpr int at_once = 64;
  const steady::time_point now = steady::now();
  if (now_running.more() && (now > now_running.give_up || broken_ > 0)) {
    give_up(now_running, now);
    return true;
  }
  int sent = 0;
  for (; sent < at_once && now_running.more() && !free_.empty(); ++sent) {
    const steady::time_point due_at = now_running.begin + now_running.due;
    if (due_at > now) break;
    client& who = *free_.back();
    free_.pop_back();
    who.since = due_at;
    lateness_->record(steady::now() - due_at);
    send(who);
    ++now_running.sent;
    now_running.due = now_running.due_times.next();
  }
  waiting_most_ = std::max<std::uint64_t>(waiting_most_, clients().size() - free_.size());
  return sent > 0;
}

void open_driver::give_up(course& now_running, steady::time_point now) {
  while (now_running.more()) {
    const steady::time_point due_at = now_running.begin + now_running.due;
    // What is not due yet is left out because something is broken, which is told.
    if (due_at <= now) latencies().record(now - due_at);
    ++unsent_;
    now_running.due = now_running.due_times.next();
  }
}

void open_driver::wait_for_news(const course& now_running, std::uint32_t answers_seen) {
  if (!now_running.more() && refused_.empty()) return news_.wait(answers_seen);
  steady::time_point until = steady::time_point::max();
  if (!refused_.empty()) until = again_at_;
  if (now_running.more()) {
    const steady::time_point due_at = now_running.begin + now_running.due;
    until = std::min(until, free_.empty() ? steady::now() + without_clients_pause : due_at);
  }
  std::this_thread::sleep_until(until);
}

void open_driver::send(client& who) {
  ask(who, [this, &who](const cairn::outcome<tally>& what) { answered(who, what); });
}

void open_driver::answered(client& who, const cairn::outcome<tally>& what) {
  if (what.accepted() != nullptr) {
    latencies().record(steady::now() - who.since);
    accept(who, *what.accepted());
    who.last = fate::accepted;
  } else if (what.failed() != nullptr && what.failed()->what == cairn::error::code::overloaded) {
    who.last = fate::refused;
  } else {
    note_trouble(what);
    who.last = fate::broken;
  }
  if (!back_.push(&who)) return;
  news_.fetch_add(1, std::memory_order_release);
  news_.notify_one();
}

void open_driver::forget() {
  load::forget();
  lateness_ = std::make_unique<histogram>();
  refusals_ = 0;
  unsent_ = 0;
  waiting_most_ = 0;
}

void open_driver::tell(measured& out) const {
  load::tell(out);
  out.offered_per_s = wanted_.rate_per_s;
  out.late_p99_us = std::chrono::duration<double, std::micro>(lateness_->quantile(0.99)).count();
  out.refusals = static_cast<double>(refusals_);
  out.unsent = static_cast<double>(unsent_);
  out.waiting_most = static_cast<double>(waiting_most_);
}

}  // namespace bench

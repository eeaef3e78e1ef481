#include "commands/driver.hpp"

#include <utility>

namespace bench {

std::uint64_t driver::all_sent() {
  std::uint64_t sum = 0;
  for (const client& one : clients())
    sum += one.sent;
  return sum;
}

load::timed driver::run(std::chrono::nanoseconds how_long) {
  const std::uint64_t before = all_sent();
  open_.store(static_cast<std::uint32_t>(clients().size()));
  const steady::time_point begin = steady::now();
  deadline_ = begin + how_long;
  for (client& one : clients())
    send(one, begin);
  if (kind_ == driver_kind::generator) {
    collect_answers();
  } else {
    all_answered_.wait();
  }
  return {steady::now() - begin, all_sent() - before};
}

void driver::send(client& who, steady::time_point now) {
  ++who.sent;
  who.since = now;
  ask(who, [this, &who](const cairn::outcome<tally>& what) { answered(who, what); });
}

void driver::answered(client& who, const cairn::outcome<tally>& what) {
  who.answer.reset();
  if (what.accepted() != nullptr) {
    who.answer = *what.accepted();
  } else {
    note_trouble(what);
  }
  if (kind_ == driver_kind::callback) return settle(who, steady::now());
  if (!answers_.push(&who)) return;
  news_.fetch_add(1, std::memory_order_release);
  news_.notify_one();
}

void driver::collect_answers() {
  while (open_.load(std::memory_order_relaxed) > 0) {
    const std::uint32_t seen = news_.load(std::memory_order_acquire);
    client* one = answers_.take_all();
    if (one == nullptr) {
      news_.wait(seen);
      continue;
    }
    // One look at the clock for all of them, as for the limit.
    const steady::time_point now = steady::now();
    while (one != nullptr)
      settle(*std::exchange(one, one->next), now);
  }
}

void driver::settle(client& who, steady::time_point now) {
  latencies().record(now - who.since);
  if (who.answer) {
    accept(who, *who.answer);
    if (now < deadline_) return send(who, now);
  }
  // After a failure, too, the client stops: what fails at once would call itself for ever.
  if (open_.fetch_sub(1, std::memory_order_acq_rel) == 1 && kind_ == driver_kind::callback) {
    all_answered_.set();
  }
}

}  // namespace bench

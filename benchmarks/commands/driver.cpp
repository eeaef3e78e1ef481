#include "commands/driver.hpp"

#include <utility>

namespace bench {

driver::driver(cairn::runtime& app,
               const options& chosen,
               std::uint32_t clients,
               std::uint32_t aggregates)
    : kind_(chosen.driver), note_bytes_(note_bytes_for(chosen.payload_bytes)), clients_(clients) {
  handles_.reserve(aggregates);
  for (std::uint32_t i = 0; i < aggregates; ++i) {
    handles_.push_back(app.aggregate<tally>(tally_id(i)));
  }
  for (std::uint32_t i = 0; i < clients; ++i) {
    clients_[i].number = i;
    clients_[i].choice = dice{i};
  }
}

driver::timed driver::run(std::chrono::nanoseconds how_long) {
  const auto all_sent = [this] {
    std::uint64_t sum = 0;
    for (const client& one : clients_)
      sum += one.sent;
    return sum;
  };
  const std::uint64_t before = all_sent();
  open_.store(static_cast<std::uint32_t>(clients_.size()));
  const steady::time_point begin = steady::now();
  deadline_ = begin + how_long;
  for (client& one : clients_)
    send(one, begin);
  if (kind_ == driver_kind::generator) {
    collect_answers();
  } else {
    all_answered_.wait();
  }
  return {steady::now() - begin, all_sent() - before};
}

void driver::send(client& who, steady::time_point now) {
  const ticket mine{who.number, who.sent++};
  add wish{amount_of(mine), std::string(note_bytes_, '.')};
  mine.write(wish.note.data());
  who.sent_at = now;
  cairn::ask_options asked;
  asked.timeout = std::chrono::minutes{1};
  const auto& handle = handles_[who.choice.below(static_cast<std::uint32_t>(handles_.size()))];
  handle.ask(std::move(wish), std::move(asked), [this, &who](const cairn::outcome<tally>& what) {
    answered(who, what);
  });
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
  latencies_->record(now - who.sent_at);
  if (who.answer) {
    const ticket mine{who.number, who.sent - 1};
    who.fingerprints += fingerprint(mine, who.answer->position.offset, who.answer->version.value);
    ++who.accepted;
    if (now < deadline_) return send(who, now);
  }
  // After a failure, too, the client stops: what fails at once would call itself for ever.
  if (open_.fetch_sub(1, std::memory_order_acq_rel) == 1 && kind_ == driver_kind::callback) {
    all_answered_.set();
  }
}

void driver::note_trouble(const cairn::outcome<tally>& what) {
  const std::lock_guard lock{mutex_};
  if (!trouble_.empty()) return;
  trouble_ = what.failed() != nullptr ? describe(*what.failed()) : "a command was rejected";
}

std::string driver::trouble() const {
  const std::lock_guard lock{mutex_};
  return trouble_;
}

ledger driver::accounts() const {
  ledger all;
  for (const client& one : clients_)
    all.add_client(one.accepted, one.fingerprints);
  return all;
}

}  // namespace bench

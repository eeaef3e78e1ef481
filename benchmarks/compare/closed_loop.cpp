#include "compare/closed_loop.hpp"

#include "commands/tally.hpp"
#include "support/ticket.hpp"

#include <algorithm>
#include <cstring>

namespace bench {
namespace {

static_assert(smallest_payload >= ticket::bytes + sizeof(std::int64_t));

/// What the event of a command says: its ticket and its amount; the rest only fills.
void write_command(std::string& payload, const ticket& which) {
  which.write(payload.data());
  const std::int64_t amount = amount_of(which);
  std::memcpy(payload.data() + ticket::bytes, &amount, sizeof amount);
}

std::int64_t amount_in(std::string_view payload) {
  std::int64_t amount = 0;
  std::memcpy(&amount, payload.data() + ticket::bytes, sizeof amount);
  return amount;
}

/// A peer need not have an order of all events: the place of one is its stream and its version.
std::uint64_t print_of(const ticket& which, std::uint32_t stream, std::uint64_t version) {
  return fingerprint(which, 0, stream, version);
}

}  // namespace

closed_loop::closed_loop(peer& store, const options& chosen, std::uint32_t clients)
    : store_(store), versions_(chosen.aggregates), clients_(clients) {
  for (std::uint32_t i = 0; i < chosen.aggregates; ++i)
    names_.push_back(tally_id(i));
  for (std::uint32_t i = 0; i < clients; ++i) {
    clients_[i].choice = dice{i};
    clients_[i].payload.assign(chosen.payload_bytes, '.');
  }
}

closed_loop::timed closed_loop::run(std::chrono::nanoseconds how_long) {
  const auto all_sent = [this] {
    std::uint64_t sum = 0;
    for (const client& one : clients_)
      sum += one.sent;
    return sum;
  };
  const std::uint64_t before = all_sent();
  const steady::time_point begin = steady::now();
  deadline_ = begin + how_long;
  open_ = static_cast<std::uint32_t>(clients_.size());
  wishes_.clear();
  for (std::uint32_t i = 0; i < open_; ++i)
    prepare(i, begin);
  store_.submit(wishes_);
  while (open_ > 0) {
    answers_.clear();
    store_.wait(answers_);
    // One look at the clock for all of them, as for the limit.
    const steady::time_point now = steady::now();
    wishes_.clear();
    for (const answer& one : answers_)
      settle(one, now);
    if (!wishes_.empty()) store_.submit(wishes_);
  }
  return {steady::now() - begin, all_sent() - before};
}

void closed_loop::prepare(std::uint32_t number, steady::time_point now) {
  client& who = clients_[number];
  write_command(who.payload, {number, who.sent++});
  who.stream = who.choice.below(static_cast<std::uint32_t>(names_.size()));
  who.version = ++versions_[who.stream];
  who.sent_at = now;
  wishes_.push_back({number, who.stream, names_[who.stream], who.version, who.payload});
}

void closed_loop::settle(const answer& what, steady::time_point now) {
  client& who = clients_.at(what.client);
  if (!what.stored) {
    // The client stops.
    ++refused_;
    --open_;
    return;
  }
  latencies_->record(now - who.sent_at);
  who.fingerprints += print_of({what.client, who.sent - 1}, who.stream, who.version);
  ++who.accepted;
  if (now < deadline_) {
    prepare(what.client, now);
  } else {
    --open_;
  }
}

bool closed_loop::refuses_what_is_there() {
  const auto used = std::find_if(
      versions_.begin(), versions_.end(), [](std::uint64_t version) { return version > 0; });
  const auto stream = static_cast<std::uint32_t>(used - versions_.begin());
  client& who = clients_.front();
  const append again{0, stream, names_.at(stream), versions_[stream], who.payload};
  store_.submit({&again, 1});
  answers_.clear();
  store_.wait(answers_);
  return answers_.size() == 1 && !answers_.front().stored;
}

std::string closed_loop::check() const {
  ledger expected;
  for (const client& one : clients_)
    expected.add_client(one.accepted, one.fingerprints);
  command_check commands{expected};
  std::vector<std::uint64_t> seen(versions_.size());
  std::string trouble;
  store_.read([&](const stored_event& one) {
    if (!trouble.empty()) return;
    const std::uint32_t stream = number_in(one.stream);
    if (stream >= seen.size()) {
      trouble = "there is a strange stream " + std::string{one.stream};
    } else if (one.version != ++seen[stream]) {
      trouble = std::string{one.stream} + " has no version " + std::to_string(seen[stream]);
    } else if (one.payload.size() != clients_.front().payload.size()) {
      trouble = "an event has another size";
    } else {
      const ticket found = ticket::read(one.payload.data());
      trouble = commands.see(found, amount_in(one.payload), print_of(found, stream, one.version));
    }
  });
  return trouble.empty() ? commands.verdict() : trouble;
}

}  // namespace bench

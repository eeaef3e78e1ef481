#include "scale/phases.hpp"

#include "commands/driver.hpp"
#include "commands/read_models.hpp"
#include "memory/sampler.hpp"
#include "support/report.hpp"

#include "cairn/cairn.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bench {
namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// An order of leaps that is that of no round of the preparation, so that neighbours in it are not
/// neighbours in the log.
constexpr std::uint32_t by_chance = 7'919'000;

cairn::builder builder_of(const cairn::config& settings) {
  cairn::builder parts{settings};
  parts.add<tally>({.snapshot_every = 0}).log(cairn::stderr_log(cairn::log_level::warning));
  return parts;
}

/// Notes how long that took, and trouble.
cairn::result<cairn::runtime> start(cairn::builder parts, told& found) {
  const steady::time_point begin = steady::now();
  auto app = std::move(parts).start();
  found.started_s = seconds_of(steady::now() - begin);
  if (!app) found.note(describe(app.error()));
  return app;
}

std::string note_for(const ground& on) {
  return std::string(note_bytes_for(on.store.what().payload_bytes), '.');
}

std::string say(std::uint32_t aggregate, std::uint64_t version, std::uint64_t expected) {
  return tally_id(aggregate) + " came to version " + std::to_string(version) + ", not to " +
         std::to_string(expected);
}

std::string why(const cairn::outcome<tally>& what) {
  return what.failed() != nullptr ? describe(*what.failed()) : "a command was rejected";
}

void take_latencies(told& found, const histogram& times) {
  const auto microseconds = [&times](double share) {
    return std::chrono::duration<double, std::micro>(times.quantile(share)).count();
  };
  found.p50_us = microseconds(0.5);
  found.p99_us = microseconds(0.99);
  found.max_us = microseconds(1);
}

/// Notes the version that each of its answers says.
class watched_driver final : public driver {
 public:
  watched_driver(cairn::runtime& app,
                 const options& chosen,
                 std::uint32_t clients,
                 const aggregate_choice& choice,
                 versions& seen)
      : driver(app, chosen, clients, choice), prints_(clients), seen_(seen) {}

  [[nodiscard]] std::uint64_t prints() const noexcept {
    std::uint64_t all = 0;
    for (const padded& one : prints_)
      all += one.sum;
    return all;
  }
  [[nodiscard]] std::shared_ptr<const histogram> times() const {
    measured out;
    tell(out);
    return out.latencies;
  }

 protected:
  void accept(client& who, const cairn::receipt& where) noexcept override {
    driver::accept(who, where);
    prints_[who.number].sum += version_print(who.aggregate, where.version.value);
    seen_.advance(who.aggregate);
  }

 private:
  // Clients are answered by several threads.
  struct alignas(64) padded {
    std::uint64_t sum = 0;
  };

  std::vector<padded> prints_;
  versions& seen_;
};

/// Sends one command, compares and notes. False: that was trouble.
bool ask_one(cairn::runtime& app,
             const ground& on,
             std::uint32_t aggregate,
             bool stores,
             const std::string& note,
             told& found) {
  tally::command wish = look{};
  if (stores) wish = add{1, note};
  const auto answer =
      app.aggregate<tally>(tally_id(aggregate)).ask(std::move(wish), {.timeout = 1min});
  if (answer.accepted() == nullptr) {
    found.note(why(answer));
    return false;
  }
  const std::uint64_t version = answer.accepted()->version.value;
  const std::uint64_t expected = on.seen.of(aggregate) + (stores ? 1U : 0U);
  if (version != expected) found.note(say(aggregate, version, expected));
  if (stores) {
    found.prints += version_print(aggregate, version);
    on.seen.advance(aggregate);
  }
  return version == expected;
}

/// How far the preparation is, for people.
class progress {
 public:
  explicit progress(std::uint64_t goal) : goal_(goal) {}

  void at(std::uint64_t done) {
    const steady::time_point now = steady::now();
    if (now < next_ && done < goal_) return;
    const double rate = static_cast<double>(done - told_) / std::max(seconds_of(now - last_), 1e-9);
    std::cerr << "scale: " << grouped(static_cast<double>(done), 0) << " events, "
              << grouped(rate, 0) << "/s" << std::endl;
    told_ = done;
    last_ = now;
    next_ = now + 5s;
  }

 private:
  std::uint64_t goal_;
  std::uint64_t told_ = 0;
  steady::time_point last_ = steady::now();
  steady::time_point next_ = last_ + 5s;
};

/// A command to each aggregate. False: there was trouble.
bool fill_round(cairn::runtime& app,
                const ground& on,
                std::uint32_t round,
                const std::string& note,
                progress& shown,
                told& found) {
  constexpr std::uint32_t piece = 50'000;
  const contents& what = on.store.what();
  const std::uint32_t before = round * what.events_per_command;
  const std::uint32_t times = std::min(what.events_per_command, what.events_each - before);
  const leaps order{what.known, round};
  for (std::uint32_t made = 0; made < what.known;) {
    std::vector<cairn::addressed<tally>> wishes;
    const std::uint32_t first = made;
    for (const std::uint32_t end = std::min(made + piece, what.known); made < end; ++made) {
      const std::uint32_t number = order.at(made);
      wishes.push_back({.id = tally_id(number),
                        .wish = add_several{number, times, note},
                        .options = {.timeout = 5min}});
    }
    const auto answers = app.ask_many<tally>(std::move(wishes));
    for (std::uint32_t i = first; i < made; ++i) {
      const auto& answer = answers[i - first];
      const std::uint32_t number = order.at(i);
      const std::uint64_t expected = before + times;
      const std::uint64_t version = answer.accepted() ? answer.accepted()->version.value : 0;
      if (version != expected) {
        found.note(answer.accepted() ? say(number, version, expected) : why(answer));
        return false;
      }
      on.seen.set(number, before + times);
      found.done += times;
    }
    shown.at(found.done);
  }
  return true;
}

/// The events that the read model has passed.
std::uint64_t passed(const cairn::read_model_status& status) {
  std::uint64_t all = 0;
  for (const cairn::position& one : status.checkpoints)
    all += one.offset;
  return all;
}

/// Compares a row with what the aggregate must have come to.
std::string compare(const ground& on, std::uint32_t number, const tally::state& row) {
  const std::uint32_t version = on.seen.of(number);
  if (row.count != version) return "a row of the read model has not what was accepted";
  const bool untouched = version == on.store.what().events_each;
  if (untouched && row != on.store.what().state_of(number)) return "a row is wrong";
  return {};
}

}  // namespace

void prepare(const ground& on, told& found, const std::function<void()>& end) {
  auto app = start(builder_of(on.store.settings()), found);
  if (!app) return end();
  const std::string note = note_for(on);
  progress shown{on.store.what().events()};
  sampler watch{*app};
  const steady::time_point begin = steady::now();
  const std::uint32_t rounds = on.store.what().rounds();
  for (std::uint32_t round = 0; round < rounds; ++round) {
    if (!fill_round(*app, on, round, note, shown, found)) break;
  }
  found.took_s = seconds_of(steady::now() - begin);
  found.anonymous_most_bytes = watch.take().anonymous_most;
  end();
}

void answer_first(const ground& on,
                  std::uint32_t place,
                  told& found,
                  const std::function<void()>& end) {
  const steady::time_point begin = steady::now();
  auto app = start(builder_of(on.store.settings()), found);
  if (!app) return end();
  const leaps order{on.seen.count(), by_chance};
  (void)ask_one(*app, on, order.at(place % on.seen.count()), true, note_for(on), found);
  found.first_answer_s = seconds_of(steady::now() - begin);
  found.done = 1;
  end();
}

void wake_one_by_one(const ground& on,
                     bool stores,
                     std::uint32_t place,
                     told& found,
                     const std::function<void()>& end) {
  auto app = start(builder_of(on.store.settings()), found);
  if (!app) return end();
  const std::string note = note_for(on);
  const leaps order{on.seen.count(), by_chance};
  const std::uint32_t most = std::max(on.seen.count() / 4, 1U);
  histogram times;
  sampler watch{*app};
  const steady::time_point begin = steady::now();
  for (std::uint32_t i = 0; i < most && steady::now() - begin < on.chosen.duration; ++i) {
    const steady::time_point sent = steady::now();
    const std::uint32_t aggregate = order.at((place + i) % on.seen.count());
    if (!ask_one(*app, on, aggregate, stores, note, found)) break;
    times.record(steady::now() - sent);
    ++found.done;
  }
  found.took_s = seconds_of(steady::now() - begin);
  found.anonymous_most_bytes = watch.take().anonymous_most;
  found.woken = app->status().woken;
  if (found.woken < found.done) found.note("some were awake already");
  take_latencies(found, times);
  end();
}

void send_commands(const ground& on,
                   std::uint32_t clients,
                   const aggregate_choice& choice,
                   told& found,
                   const std::function<void()>& end) {
  std::unique_ptr<watched_driver> load;  // Outlives the runtime.
  auto app = start(builder_of(on.store.settings()), found);
  if (!app) return end();
  load = std::make_unique<watched_driver>(*app, on.chosen, clients, choice, on.seen);
  sampler watch{*app};
  const auto duration = std::chrono::duration_cast<std::chrono::nanoseconds>(on.chosen.duration);
  // What is in memory is to become what it is in the long run.
  (void)load->run(duration / 4);
  load->forget();
  const std::uint64_t before = app->status().woken;
  const load::timed timed = load->run(duration);
  found.woken = app->status().woken - before;
  found.anonymous_most_bytes = watch.take().anonymous_most;
  found.took_s = seconds_of(timed.took);
  found.done = timed.commands;
  found.prints = load->prints();
  take_latencies(found, *load->times());
  found.note(load->trouble());
  end();
}

void feed_read_model(const ground& on, told& found, const std::function<void()>& end) {
  std::filesystem::remove_all(on.store.settings().store / "views");
  cairn::builder parts = builder_of(on.store.settings());
  parts.add_read_model<table_sums>();
  const steady::time_point begin = steady::now();
  auto app = start(std::move(parts), found);
  if (!app) return end();
  sampler watch{*app};
  const auto limit = std::chrono::duration_cast<std::chrono::nanoseconds>(on.chosen.scale.feed);
  const auto reader = app->read<table_sums>({.caught_up = true, .timeout = limit});
  const auto caught_up = reader.wait();
  found.took_s = seconds_of(steady::now() - begin);
  found.complete = caught_up.has_value();
  if (!caught_up && caught_up.error().what != cairn::error::code::stale)
    found.note(describe(caught_up.error()));
  const auto status = reader.status();
  if (!status) found.note(describe(status.error()));
  if (status) found.done = passed(*status);
  if (found.complete && found.done != on.seen.sum())
    found.note("the read model has not as many events as were accepted");
  found.anonymous_most_bytes = watch.take().anonymous_most;
  end();
}

void ask_read_model(const ground& on,
                    std::uint32_t clients,
                    told& found,
                    const std::function<void()>& end) {
  cairn::builder parts = builder_of(on.store.settings());
  parts.add_read_model<table_sums>();
  auto app = start(std::move(parts), found);
  if (!app) return end();
  const auto ready = app->read<table_sums>({.caught_up = true, .timeout = 1min}).wait();
  if (!ready) {
    found.note(describe(ready.error()));
    return end();
  }
  sampler watch{*app};
  histogram times;
  struct alignas(64) asker {
    std::uint64_t questions = 0;
    std::string trouble;
  };
  std::vector<asker> askers(clients);
  const steady::time_point begin = steady::now();
  const auto ask = [&](std::uint32_t client) {
    asker& me = askers[client];
    dice random{client};
    const auto reader = app->read<table_sums>();
    while (me.trouble.empty()) {
      const steady::time_point sent = steady::now();
      if (sent - begin >= on.chosen.duration) break;
      const std::uint32_t number = random.below(on.seen.count());
      const auto row = reader.ask(tally_of{tally_id(number)});
      times.record(steady::now() - sent);
      ++me.questions;
      me.trouble = row ? compare(on, number, *row) : describe(row.error());
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < clients; ++i)
    threads.emplace_back(ask, i);
  for (std::thread& one : threads)
    one.join();
  found.took_s = seconds_of(steady::now() - begin);
  found.anonymous_most_bytes = watch.take().anonymous_most;
  for (const asker& one : askers) {
    found.done += one.questions;
    if (!one.trouble.empty()) found.note(one.trouble);
  }
  take_latencies(found, times);
  end();
}

}  // namespace bench

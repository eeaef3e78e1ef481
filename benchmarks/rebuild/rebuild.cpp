#include "commands/driver.hpp"
#include "commands/read_models.hpp"
#include "rebuild/asking.hpp"
#include "replay/filled_store.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"

#include "cairn/detail/typed_read_model.hpp"
#include "cairn/persistence/store.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

// A read model is built anew beside the one that serves: what that takes from those who write and
// ask meanwhile.

namespace bench {
namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace store = cairn::persistence;

struct trial {
  double before_per_s = 0;
  double during_per_s = 0;
  double switch_s = 0;
  double rebuilt_per_s = 0;
  asking::seen asked_before;
  asking::seen asked_during;
  std::string trouble;
};

trial failed(const std::string& what) {
  trial out;
  out.trouble = what;
  return out;
}

asking::answer ask(cairn::runtime& app, const memory_sums& /*which*/) {
  const auto got = app.read<memory_sums>().ask(everything{});
  return got ? asking::answer{got->count, {}} : asking::answer{0, describe(got.error())};
}

asking::answer ask(cairn::runtime& app, const table_sums& /*which*/) {
  const auto got = app.read<table_sums>().ask(tally_of{tally_id(0)});
  return got ? asking::answer{got->count, {}} : asking::answer{0, describe(got.error())};
}

/// All bytes that a stopped store keeps for the model: of a model in tables its rows, otherwise the
/// saved state. Empty: they cannot be read.
template <class Model> std::string bytes_of(const cairn::config& settings) {
  const store::name_list no_names;
  const auto opened = store::store::open(settings, no_names, cairn::silent_log());
  if (!opened) return {};
  const cairn::detail::typed_read_model<Model> type;
  const auto shelf = (*opened)->views_of(std::string{type.name()});
  const auto places = shelf->stored();
  if (!places || places->size() != 1) return {};
  const auto view = shelf->open(places->front(), type.table_names());
  if (!view) return {};
  std::string bytes;
  if (type.in_memory()) {
    const auto state = (*view)->load_state();
    if (!state || !*state) return {};
    bytes.assign(cairn::as_text((*state)->bytes));
    return bytes;
  }
  const auto reader = (*view)->read();
  if (!reader) return {};
  const auto rows = (*reader)->tables().walk(0, {});
  for (cairn::byte_view key, value; rows->next(key, value);)
    bytes.append(cairn::as_text(key)).append(cairn::as_text(value));
  return bytes;
}

/// Builds it from nothing with nobody about.
template <class Model> std::string build_alone(const cairn::config& settings) {
  std::filesystem::remove_all(settings.store / "views");
  auto app = cairn::builder{settings}.add<tally>().add_read_model<Model>().start();
  if (!app) return describe(app.error());
  const auto ready = app->template read<Model>({.caught_up = true, .timeout = 10min}).wait();
  if (!ready) return describe(ready.error());
  const auto stopped = app->stop();
  return stopped ? std::string{} : describe(stopped.error());
}

template <class Model> trial measure(const options& chosen, std::uint32_t clients) {
  const std::uint64_t each = std::max<std::uint64_t>(chosen.events / chosen.aggregates, 1);
  const filled_store filled{chosen, chosen.aggregates, each};
  trial out;
  {
    auto started = cairn::builder{filled.settings()}.add<tally>().add_read_model<Model>().start();
    if (!started) return failed(describe(started.error()));
    cairn::runtime app = *std::move(started);
    const auto built = app.read<Model>({.caught_up = true, .timeout = 10min}).wait();
    if (!built) return failed(describe(built.error()));
    driver writers{app, chosen, clients, filled.streams()};
    const auto length = std::chrono::duration_cast<std::chrono::nanoseconds>(chosen.duration);
    (void)writers.run(length / 2);
    {
      asking questions{[&app] {
        return ask(app, Model{});
      }};
      const auto quiet = writers.run(length);
      out.before_per_s = static_cast<double>(quiet.commands) / seconds_of(quiet.took);
      out.asked_before = questions.take();
      const auto begun = app.read_model<Model>().rebuild();
      if (!begun) return failed(describe(begun.error()));
      const steady::time_point begin = steady::now();
      driver::timed busy;
      constexpr auto piece = 100ms;
      while (app.read_model<Model>().status()->rebuild) {
        const auto one = writers.run(piece);
        busy.took += one.took;
        busy.commands += one.commands;
        if (const auto copy = app.read_model<Model>().status()->rebuild; copy && copy->stopped_on)
          return failed(describe(*copy->stopped_on));
      }
      out.switch_s = seconds_of(steady::now() - begin);
      out.during_per_s = static_cast<double>(busy.commands) / seconds_of(busy.took);
      const auto all = app.read_model<Model>().status()->checkpoints;
      for (const cairn::position& one : all)
        out.rebuilt_per_s += static_cast<double>(one.offset) / out.switch_s;
      out.asked_during = questions.take();
    }
    out.trouble = writers.trouble();
    const auto caught_up = app.read<Model>({.caught_up = true, .timeout = 10min}).wait();
    if (!caught_up) return failed(describe(caught_up.error()));
    if (const auto stopped = app.stop(); !stopped) return failed(describe(stopped.error()));
  }
  for (const asking::seen* one : {&out.asked_before, &out.asked_during}) {
    if (out.trouble.empty()) out.trouble = one->trouble;
  }
  const std::string rebuilt = bytes_of<Model>(filled.settings());
  const std::string trouble = build_alone<Model>(filled.settings());
  if (out.trouble.empty()) out.trouble = trouble;
  const std::string alone = bytes_of<Model>(filled.settings());
  if (out.trouble.empty() && (rebuilt.empty() || rebuilt != alone)) {
    out.trouble = "what was rebuilt is not what a quiet build gives";
  }
  return out;
}

struct kind {
  const char* name;
  trial (*measure)(const options&, std::uint32_t);
};

constexpr kind kinds[] = {
    {"tables", measure<table_sums>},
    {"memory", measure<memory_sums>},
};

double median_of_all(const std::vector<trial>& all, double (*figure)(const trial&)) {
  std::vector<double> values;
  for (const trial& one : all)
    values.push_back(figure(one));
  return median_of(std::move(values));
}

}  // namespace

bool run_rebuild(const options& chosen) {
  campaign run{"rebuild", chosen};
  report out{std::cout,
             chosen.json,
             {{"model", "model", 8},
              {"in_flight", "clients", 8},
              {"before_per_s", "writes/s", 12},
              {"during_per_s", "meanwhile", 12},
              {"loss", "loss", 6, 2},
              {"asked_p50_us", "answer us", 10},
              {"asked_p99_us", "p99", 8},
              {"asked_during_p50_us", "meanwhile", 10},
              {"asked_during_p99_us", "p99", 8},
              {"failed", "failed", 7},
              {"switch_s", "switch s", 9, 2},
              {"rebuilt_per_s", "events/s", 12},
              {"verified", "verified"}}};
  for (const std::uint32_t clients : run.in_flight({64})) {
    for (const kind& one : kinds) {
      std::vector<trial> all;
      bool good = true;
      for (std::uint32_t round = 0; round < chosen.rounds; ++round) {
        run.before_each(one.name, clients, round);
        all.push_back(one.measure(chosen, clients));
        good = run.judged(all.back().trouble) && good;
      }
      const double before = median_of_all(all, [](const trial& t) { return t.before_per_s; });
      const double during = median_of_all(all, [](const trial& t) { return t.during_per_s; });
      std::uint64_t bad = 0;
      for (const trial& t : all)
        bad += t.asked_before.failed + t.asked_during.failed;
      row line = run.begin_row(clients);
      line.set("model", one.name).set("before_per_s", before).set("during_per_s", during);
      line.set("loss", before > 0 ? 1 - during / before : 0.0);
      line.set("asked_p50_us",
               median_of_all(all, [](const trial& t) { return t.asked_before.p50_us; }));
      line.set("asked_p99_us",
               median_of_all(all, [](const trial& t) { return t.asked_before.p99_us; }));
      line.set("asked_during_p50_us",
               median_of_all(all, [](const trial& t) { return t.asked_during.p50_us; }));
      line.set("asked_during_p99_us",
               median_of_all(all, [](const trial& t) { return t.asked_during.p99_us; }));
      line.set("failed", bad);
      line.set("switch_s", median_of_all(all, [](const trial& t) { return t.switch_s; }));
      line.set("rebuilt_per_s", median_of_all(all, [](const trial& t) { return t.rebuilt_per_s; }));
      run.finish_row(line, good);
      out.add(line);
    }
  }
  return run.good();
}

}  // namespace bench

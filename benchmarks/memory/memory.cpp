#include "commands/tally.hpp"
#include "memory/memory_row.hpp"
#include "memory/sampler.hpp"
#include "support/campaign.hpp"
#include "support/dice.hpp"
#include "support/options.hpp"
#include "support/scratch_store.hpp"

#include "cairn/cairn.hpp"
#include "cairn/persistence/store.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

// Many aggregates known, few awake: what that takes of memory, and what waking them gives.

namespace bench {
namespace {

using steady = std::chrono::steady_clock;
namespace store = cairn::persistence;

constexpr std::uint32_t piece = 10'000;
constexpr std::uint32_t rows_per_phase = 5;

/// The store, what was acknowledged, and the rows. One thread.
class trial {
 public:
  trial(const options& chosen, campaign& run, report& out)
      : chosen_(chosen), run_(run), out_(out), store_(chosen) {
    store_.settings().awake_aggregates_max = chosen.awake;
    // The benchmark's own memory is there from the first row on.
    expected_.resize(chosen.known);
  }

  /// What is wrong, if anything is.
  std::string measure() {
    auto started = cairn::builder{store_.settings()}.add<tally>().start();
    if (!started) return describe(started.error());
    {
      cairn::runtime app = *std::move(started);
      sampler watch{app};
      app_ = &app;
      watch_ = &watch;
      mark_ = {steady::now(), app.status()};
      add_row("started");
      create();
      use_at_random();
      add_row("at rest");
      if (trouble_.empty() && !app.verify()) trouble_ = "the journal is damaged";
    }
    return trouble_.empty() ? compare() : trouble_;
  }

 private:
  void create() {
    const std::uint32_t each_row = std::max(chosen_.known / rows_per_phase, 1U);
    std::uint32_t row_at = each_row;
    for (std::uint32_t made = 0; made < chosen_.known && trouble_.empty();) {
      const std::uint32_t end = std::min({made + piece, row_at, chosen_.known});
      std::vector<std::uint32_t> numbers;
      for (; made < end; ++made)
        numbers.push_back(made);
      send(numbers);
      if (made < row_at) continue;
      row_at += each_row;
      add_row("creating");
    }
  }

  void use_at_random() {
    dice random{chosen_.known};
    for (std::uint32_t i = 1; i <= rows_per_phase && trouble_.empty(); ++i) {
      const auto until = mark_.time + chosen_.duration / rows_per_phase;
      while (steady::now() < until && trouble_.empty()) {
        std::vector<std::uint32_t> numbers;
        for (std::uint32_t n = 0; n < std::min(piece, chosen_.known); ++n)
          numbers.push_back(random.below(chosen_.known));
        send(numbers);
      }
      add_row("random use");
    }
  }

  void send(const std::vector<std::uint32_t>& numbers) {
    std::vector<cairn::addressed<tally>> wishes;
    wishes.reserve(numbers.size());
    const std::size_t note_bytes = note_bytes_for(chosen_.payload_bytes);
    for (const std::uint32_t number : numbers) {
      const ticket mine{number, expected_[number].count};
      wishes.push_back(
          {.id = tally_id(number), .wish = add{amount_of(mine), std::string(note_bytes, '.')}});
      ++expected_[number].count;
      expected_[number].sum += amount_of(mine);
    }
    for (const auto& answer : app_->ask_many<tally>(std::move(wishes))) {
      if (answer.accepted() == nullptr) trouble_ = "a command was not accepted";
    }
  }

  void add_row(const char* phase) {
    const auto now = steady::now();
    const cairn::runtime_status status = app_->status();
    const sampler::seen most = watch_->take();
    const double seconds = std::max(seconds_of(now - mark_.time), 1e-9);
    const auto rate = [seconds](std::uint64_t after, std::uint64_t before) {
      return static_cast<double>(after - before) / seconds;
    };
    // What is on its way is awake as well: nothing is put to sleep before it is answered.
    const cairn::config& settings = store_.settings();
    const std::uint64_t on_their_way =
        std::min(settings.commands_per_aggregate_max, settings.commands_in_flight_max / 2);
    const bool within = most.awake_most <= settings.awake_aggregates_max + on_their_way;
    if (!within && trouble_.empty()) trouble_ = "more aggregates were awake than are allowed";
    row line = run_.begin_row();
    line.set("phase", phase);
    set_memory(line, status, most);
    line.set("awake_max", std::uint64_t{settings.awake_aggregates_max}).set("within", within);
    line.set("rate_per_s", rate(status.events, mark_.status.events));
    line.set("wakes_per_s", rate(status.woken, mark_.status.woken));
    line.set("known", std::uint64_t{chosen_.known});
    run_.finish_row(line, trouble_.empty());
    out_.add(line);
    mark_ = {steady::now(), status};
  }

  /// The whole log, read in order, against what was acknowledged.
  [[nodiscard]] std::string compare() const {
    const store::name_list no_names;
    const auto opened = store::store::open(store_.settings(), no_names, cairn::silent_log());
    if (!opened) return describe(opened.error());
    const cairn::detail::event_rules rules;
    std::deque<cairn::detail::typed_instance<tally>> found;
    for (std::size_t i = 0; i < expected_.size(); ++i)
      found.emplace_back(rules);
    const auto visit = [&found](const store::commit_view& commit) -> cairn::result<void> {
      const std::uint32_t number = number_in(commit.aggregate_id());
      if (number >= found.size()) return cairn::error{cairn::error::code::corrupt, "a strange id"};
      return commit.each_event(
          [&](const store::event_view& fact) { return found[number].replay(fact); });
    };
    for (const store::journal* journal : (*opened)->journals()) {
      store::log_cursor at;
      for (std::uint64_t news = 1; news != 0;) {
        const auto read = journal->read(at, piece, visit);
        if (!read) return describe(read.error());
        news = *read;
      }
    }
    for (std::size_t i = 0; i < expected_.size(); ++i) {
      if (found[i].state() != expected_[i]) return "the log says something else than the answers";
    }
    return {};
  }

  struct mark {
    steady::time_point time;
    cairn::runtime_status status;
  };

  const options& chosen_;
  campaign& run_;
  report& out_;
  scratch_store store_;
  std::vector<tally::state> expected_;
  cairn::runtime* app_ = nullptr;
  sampler* watch_ = nullptr;
  mark mark_;
  std::string trouble_;
};

}  // namespace

bool run_memory(const options& chosen) {
  campaign run{"memory", chosen};
  report out{std::cout,
             chosen.json,
             {{"phase", "phase", 12},
              {"events", "events", 12},
              {"awake", "awake", 10},
              {"awake_most", "most", 10},
              {"awake_max", "bound", 10},
              {"within", "within", 8},
              {"resident_mib", "RSS MiB", 10, 1},
              {"anonymous_mib", "anonymous", 11, 1},
              {"anonymous_most_mib", "most", 9, 1},
              {"file_mib", "mapped", 10, 1},
              {"rate_per_s", "events/s", 11},
              {"wakes_per_s", "wakes/s", 10}}};
  run.before_each("creating aggregates, then using them at random");
  trial all{chosen, run, out};
  const bool good = run.judged(all.measure());
  std::cerr << "memory: "
            << (good ? "every aggregate is in the log as it was acknowledged" : "FAILED")
            << std::endl;
  return run.good();
}

}  // namespace bench

#include "commands/tally.hpp"
#include "support/bytes_below.hpp"
#include "support/campaign.hpp"
#include "support/options.hpp"
#include "support/scratch_store.hpp"

#include "cairn/cairn.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

// What an event takes on the disk, in all files of the store together, once the index has caught
// up.

namespace bench {
namespace {

/// What is stored beside the fields of each event. Each is a command of its own.
struct kind_of_event {
  const char* name;
  bool has_id;
  std::uint32_t tags;
};

constexpr std::array kinds{kind_of_event{"nothing", false, 0},
                           kind_of_event{"an id", true, 0},
                           kind_of_event{"a tag", false, 1},
                           kind_of_event{"three tags", false, 3},
                           kind_of_event{"id, tag", true, 1}};
// As customers or regions may be: many events to a tag, and many tags.
constexpr std::uint32_t tags_known = 1'000;
constexpr std::uint32_t piece = 100'000;
// A goal, beside what it is to be compared with.
constexpr std::uint64_t goal_bytes = 200;

cairn::ask_options options_for(const kind_of_event& kind, std::uint64_t number) {
  cairn::ask_options made;
  // As long as a UUID without its hyphens.
  if (kind.has_id) {
    std::string id = std::to_string(number);
    made.command_id = std::string(32 - id.size(), '0') + id;
  }
  dice random{number};
  for (std::uint32_t i = 0; i < kind.tags; ++i)
    made.tags.push_back("tag-" + std::to_string(random.below(tags_known)));
  return made;
}

/// What is wrong, if anything is.
std::string fill(const options& chosen, const cairn::config& settings, const kind_of_event& kind) {
  auto app = cairn::builder{settings}.add<tally>({.snapshot_every = 0}).start();
  if (!app) return describe(app.error());
  const std::size_t note_bytes = note_bytes_for(chosen.payload_bytes);
  for (std::uint64_t made = 0; made < chosen.events;) {
    std::vector<cairn::addressed<tally>> wishes;
    for (const std::uint64_t end = std::min(made + piece, chosen.events); made < end; ++made) {
      const ticket mine{static_cast<std::uint32_t>(made % chosen.aggregates),
                        made / chosen.aggregates};
      add wish{amount_of(mine), std::string(note_bytes, '.')};
      mine.write(wish.note.data());
      wishes.push_back({.id = tally_id(mine.client),
                        .wish = std::move(wish),
                        .options = options_for(kind, made)});
    }
    for (const auto& answer : app->ask_many<tally>(std::move(wishes))) {
      if (answer.accepted() == nullptr) return "a command was not accepted";
    }
  }
  // What the index holds in memory is moved to the disk now.
  const auto stopped = app->stop();
  return stopped ? std::string{} : describe(stopped.error());
}

/// What is wrong, if anything is.
std::string look_again(const options& chosen,
                       const cairn::config& settings,
                       const kind_of_event& kind) {
  auto app = cairn::builder{settings}.add<tally>().start();
  if (!app) return describe(app.error());
  const auto report = app->verify();
  if (!report) return describe(report.error());
  if (report->events != chosen.events) return "not as many events as there were commands";
  const std::uint64_t first_of = (chosen.events - 1) / chosen.aggregates + 1;
  const auto first = app->aggregate<tally>(tally_id(0)).state();
  if (!first || first->state.count != first_of) return "a state is wrong";
  if (kind.tags == 0) return {};
  const std::string tag = options_for(kind, chosen.events - 1).tags.front();
  std::uint64_t expected = 0;
  for (std::uint64_t i = 0; i < chosen.events; ++i) {
    const auto tags = options_for(kind, i).tags;
    if (std::find(tags.begin(), tags.end(), tag) != tags.end()) ++expected;
  }
  cairn::event_query query;
  query.tag = tag;
  query.limit = cairn::event_page_max;
  for (bool at_end = false; !at_end;) {
    const auto page = app->events(query);
    if (!page) return describe(page.error());
    expected -= page->events.size();
    query.from = page->next;
    at_end = page->at_end;
  }
  return expected == 0 ? std::string{} : "not as many events of a tag as were recorded";
}

void measure(const options& chosen, const kind_of_event& kind, campaign& run, report& out) {
  run.before_each(std::string{"events with "} + kind.name);
  scratch_store scratch{chosen};
  cairn::config& settings = scratch.settings();
  settings.partitions = 1;
  // So that the log's file ends with its last event.
  settings.prefill_bytes = 0;
  const auto events = static_cast<double>(chosen.events);
  bool good = run.judged(fill(chosen, settings, kind));
  const double log = static_cast<double>(bytes_below(settings.store / "p0000" / "log"));
  const double index = static_cast<double>(bytes_below(settings.store / "p0000" / "index"));
  const double all = static_cast<double>(bytes_below(settings.store));
  good = good && run.judged(look_again(chosen, settings, kind));
  row line = run.begin_row();
  line.set("beside", kind.name).set("events", chosen.events);
  line.set("log_bytes", log / events).set("index_bytes", index / events);
  line.set("other_bytes", (all - log - index) / events).set("bytes", all / events);
  line.set("goal_bytes", goal_bytes);
  line.set("aggregates", std::uint64_t{chosen.aggregates});
  run.finish_row(line, good);
  out.add(line);
}

}  // namespace

bool run_disk(const options& chosen) {
  campaign run{"disk", chosen};
  report out{std::cout,
             chosen.json,
             {{"beside", "beside it", 12},
              {"events", "events", 11},
              {"log_bytes", "log B", 9, 1},
              {"index_bytes", "index B", 9, 1},
              {"other_bytes", "others B", 9, 1},
              {"bytes", "B/event", 9, 1},
              {"goal_bytes", "goal", 7},
              {"payload_bytes", "payload", 9},
              {"verified", "verified"}}};
  for (const kind_of_event& kind : kinds)
    measure(chosen, kind, run, out);
  return run.good();
}

}  // namespace bench

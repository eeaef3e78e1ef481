#pragma once

#include "connectors/import_models.hpp"
#include "connectors/storage_named.hpp"
#include "support/temporary_store.hpp"

#include "cairn/event_publisher.hpp"
#ifdef CAIRN_HAS_SQLITE
#include "cairn/event_search.hpp"
#endif

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

// An import whose end is the same whatever happens on the way: transfers that a process manager
// carries out, and timers that pay a little into accounts. Whether one succeeds does not depend on
// the others, so that only repeats and losses could make a difference.

namespace cairn::tests {

/// Where an import keeps what is not in its store: a folder for files, and how PostgreSQL is
/// reached, which may be "-" for not at all.
struct import_places {
  std::filesystem::path directory;
  std::string postgres;
};

/// Appends each event to a file, with its id, and confirms it once it is on the disk.
class file_publisher final : public event_publisher {
 public:
  explicit file_publisher(const std::filesystem::path& file)
      : file_(std::fopen(file.c_str(), "a")) {}
  ~file_publisher() override { (void)std::fclose(file_); }

  publish_report publish(std::span<const outgoing_event> events) override {
    for (const outgoing_event& one : events) {
      std::fprintf(file_,
                   "%s|%s %s %s\n",
                   one.id.c_str(),
                   one.event.aggregate_id.c_str(),
                   one.event.event_type.c_str(),
                   one.event.json.c_str());
    }
    if (std::fflush(file_) != 0 || fdatasync(fileno(file_)) != 0) {
      return {0, error{error::code::unavailable, "the file cannot be written"}};
    }
    return {events.size(), {}};
  }

 private:
  std::FILE* const file_;
};

inline std::filesystem::path posted_file(const import_places& where) {
  return where.directory / "posted";
}

inline constexpr std::uint64_t import_parts = 20;
inline constexpr std::uint64_t transfers_in_part = 15;
inline constexpr std::uint64_t timers_in_part = 3;
inline constexpr std::uint64_t commands_to_import =
    import_parts * (transfers_in_part + timers_in_part);

/// Batches and snapshots are small, so that there are many moments between two of them.
inline builder importing_bank(const import_places& where) {
  config settings = small_store(where.directory / "store");
  settings.read_model_batch = 20;
  settings.read_model_snapshot_every = 50;
  settings.snapshot_every = 10;
  builder parts{settings};
  parts.add<bank::account>()
      .add<bank::transfer>()
      .add_read_model<held>()
      .add_read_model<held_in_parts>({.slices = 4})
      .add_read_model<ends>()
      .add_outbox("import.posted", std::make_unique<file_publisher>(posted_file(where)))
      .add_process_manager<bank::transfers>()
      .add_timers<bank::account>();
#ifdef CAIRN_HAS_SQLITE
  const auto files = storage_named((where.directory / "views").string());
  parts.add_read_model<held_in_sqlite>({.stored_in = files})
      .add_read_model<held_by_sql>({.stored_in = files})
      .add_read_model<event_search>({.stored_in = files});
#endif
#ifdef CAIRN_HAS_POSTGRES
  if (where.postgres != "-") {
    const auto server = storage_named(where.postgres);
    parts.add_read_model<held_in_postgres>({.stored_in = server})
        .add_read_model<held_by_sql_in_postgres>({.stored_in = server});
  }
#endif
  return parts;
}

inline result<runtime> start_import(const import_places& where) {
  return importing_bank(where).log(stderr_log(log_level::error)).start();
}

inline addressed<bank::transfer> transfer_of_import(std::uint64_t number) {
  // Some are beyond what anybody could have, some go nowhere.
  const std::string to = number % 11 == 3 ? "nobody" : account_id(number / 2);
  const std::int64_t cents = number % 13 == 5 ? 1'000'000'000 : 1;
  return {.id = transfer_id(0, 0, number),
          .wish = bank::start_transfer{account_id(number), to, cents},
          .options = {.command_id = "start" + std::to_string(number)}};
}

/// A timer that is due at once.
inline outcome<schedule> set_timer_of_import(runtime& app, std::uint64_t number) {
  const std::string name = "gift" + std::to_string(number);
  return app.timers("scope" + std::to_string(number % 7))
      .set<bank::account>(name,
                          timestamp{std::chrono::seconds{1'000}},
                          account_id(number),
                          bank::deposit{2},
                          {.command_id = name});
}

/// Sends everything, also what an earlier run has sent, and calls `done(count)` for each command
/// that was accepted. Returns whether all were.
template <class Done> bool import_all(runtime& app, Done done) {
  open_accounts(app);
  std::uint64_t count = 0;
  for (std::uint64_t part = 0; part < import_parts; ++part) {
    std::vector<addressed<bank::transfer>> wishes;
    for (std::uint64_t i = 0; i < transfers_in_part; ++i)
      wishes.push_back(transfer_of_import(part * transfers_in_part + i));
    for (const auto& out : app.ask_many<bank::transfer>(std::move(wishes))) {
      if (!out.accepted()) return false;
      done(++count);
    }
    for (std::uint64_t i = 0; i < timers_in_part; ++i) {
      if (!set_timer_of_import(app, part * timers_in_part + i).accepted()) return false;
      done(++count);
    }
  }
  return true;
}

/// Blocks until nothing is left to do.
inline result<void> settle_import(runtime& app) {
  constexpr auto patience = std::chrono::minutes{2};
  if (auto done = app.process_manager<bank::transfers>().settle(patience); !done) return done;
  return app.timers_status<bank::account>().settle(patience);
}

/// What each account has recorded, and because of what: a line for each event, sorted.
inline std::string effects_of_import(runtime& app) {
  std::multiset<std::string> lines;
  event_query query{.category = "bank.account"};
  for (bool at_end = false; !at_end;) {
    const auto page = app.events(query);
    if (!page) return describe(page.error());
    for (const recorded_event& one : page->events) {
      // "bank.transfer/t0-0-3@1"; what timers send names the scope instead.
      const std::string& cause = one.causation_id.text();
      lines.insert(one.aggregate_id + " " + one.event_type + " " + one.json + " of " +
                   cause.substr(0, cause.find('@')));
    }
    at_end = page->at_end;
    query.from = page->next;
  }
  std::string text;
  for (const std::string& line : lines)
    text.append(line).append("\n");
  return text;
}

template <class M> std::string all_of_model(runtime& app) {
  const auto found =
      app.read<M>({.caught_up = true, .timeout = std::chrono::minutes{2}}).ask(everything{});
  return std::string{M::stable_name} + "\n" + (found ? *found : describe(found.error())) + "\n";
}

/// What the outbox has handed on, each event once, sorted.
inline std::string posted(const import_places& where) {
  std::map<std::string, std::string> by_id;
  std::ifstream lines{posted_file(where)};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t bar = line.find('|');
    // The last line of a process that was killed may have no end.
    if (bar != line.npos && line.ends_with('}')) by_id[line.substr(0, bar)] = line.substr(bar + 1);
  }
  std::multiset<std::string> sorted;
  for (const auto& [id, line] : by_id)
    sorted.insert(line);
  std::string text;
  for (const std::string& line : sorted)
    text.append(line).append("\n");
  return text;
}

#ifdef CAIRN_HAS_SQLITE
inline std::string found_by_search(runtime& app, std::string_view text) {
  std::multiset<std::string> lines;
  search_options options{.limit = search_limit_max, .read = {.caught_up = true}};
  for (bool at_end = false; !at_end;) {
    const auto page = search(app, text, options);
    if (!page) return describe(page.error());
    for (const recorded_event& one : page->events)
      lines.insert(one.aggregate_id + " " + one.event_type + " " + one.json);
    at_end = page->at_end;
    options.from = page->next;
  }
  std::string found;
  for (const std::string& line : lines)
    found.append(line).append("\n");
  return found;
}
#endif

/// Everything that the import has led to, byte for byte.
inline std::string picture_of_import(runtime& app, const import_places& where) {
  std::string text = effects_of_import(app) + all_of_model<held>(app) +
                     all_of_model<held_in_parts>(app) + all_of_model<ends>(app);
#ifdef CAIRN_HAS_SQLITE
  text += all_of_model<held_in_sqlite>(app) + all_of_model<held_by_sql>(app);
  text += found_by_search(app, "type:withdrawn OR (type:deposited cents)");
#endif
#ifdef CAIRN_HAS_POSTGRES
  if (where.postgres != "-") {
    text += all_of_model<held_in_postgres>(app) + all_of_model<held_by_sql_in_postgres>(app);
  }
#endif
  return text;
}

}  // namespace cairn::tests

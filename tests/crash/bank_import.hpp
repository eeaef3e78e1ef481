#pragma once

#include "crash/moved_money.hpp"
#include "support/temporary_store.hpp"

#include "cairn/cairn.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// An import whose end is the same whatever happens on the way: transfers that a process manager
// carries out, and timers that pay a little into accounts. Whether one succeeds does not depend on
// the others, so that only repeats and losses could make a difference.

namespace cairn::tests {

/// What an account holds, and how often it was changed.
struct holding {
  std::int64_t cents = 0;
  std::uint64_t deposits = 0;
  std::uint64_t withdrawals = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(
        ar, field("cents", cents), field("deposits", deposits), field("withdrawals", withdrawals));
  }
};

/// A question that every model here answers: all that it has, as text.
struct everything {
  using answer = std::string;
};

/// In tables, with an index.
struct held {
  static constexpr std::string_view stable_name = "import.held";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<bank::account>>;
  struct tables {
    table<std::string, holding, indexed_by<"cents", &holding::cents>> accounts;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("accounts", accounts));
    }
  };
  static void apply(tables& now, const recorded<bank::opened>& fact) {
    now.accounts.update(std::string{fact.meta.aggregate_id}, [](holding&) {});
  }
  static void apply(tables& now, const recorded<bank::deposited>& fact) {
    now.accounts.update(std::string{fact.meta.aggregate_id}, [&](holding& one) {
      one.cents += fact->cents;
      ++one.deposits;
    });
  }
  static void apply(tables& now, const recorded<bank::withdrawn>& fact) {
    now.accounts.update(std::string{fact.meta.aggregate_id}, [&](holding& one) {
      one.cents -= fact->cents;
      ++one.withdrawals;
    });
  }
  static std::string query(const tables& now, const everything& /*question*/) {
    std::string text;
    now.accounts.by<"cents">().all([&](const std::string& id, const holding& one) {
      text += id + " " + std::to_string(one.cents) + " " + std::to_string(one.deposits) + " " +
              std::to_string(one.withdrawals) + "\n";
    });
    return text;
  }
};

/// In memory: how each transfer ended, and how many accounts' events were seen.
struct ends {
  static constexpr std::string_view stable_name = "import.ends";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<bank::transfer>, all_of<bank::account>>;
  struct state {
    std::map<std::string, std::string> by_transfer;
    std::uint64_t of_accounts = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("by_transfer", by_transfer), field("of_accounts", of_accounts));
    }
  };
  static void apply(state& now, const recorded<bank::transfer_started>& fact) {
    now.by_transfer[std::string{fact.meta.aggregate_id}] += "started ";
  }
  static void apply(state& now, const recorded<bank::transfer_finished>& fact) {
    now.by_transfer[std::string{fact.meta.aggregate_id}] += "finished ";
  }
  static void apply(state& now, const recorded<bank::transfer_failed>& fact) {
    now.by_transfer[std::string{fact.meta.aggregate_id}] += "failed: " + fact->why + " ";
  }
  static void apply(state& now, const recorded<bank::opened>&) { ++now.of_accounts; }
  static void apply(state& now, const recorded<bank::deposited>&) { ++now.of_accounts; }
  static void apply(state& now, const recorded<bank::withdrawn>&) { ++now.of_accounts; }
  static std::string query(const state& now, const everything& /*question*/) {
    std::string text = std::to_string(now.of_accounts) + " events of accounts\n";
    for (const auto& [id, story] : now.by_transfer)
      text.append(id).append(" ").append(story).append("\n");
    return text;
  }
};

inline constexpr std::uint64_t import_parts = 20;
inline constexpr std::uint64_t transfers_in_part = 15;
inline constexpr std::uint64_t timers_in_part = 3;
inline constexpr std::uint64_t commands_to_import =
    import_parts * (transfers_in_part + timers_in_part);

/// Batches and snapshots are small, so that there are many moments between two of them.
inline builder importing_bank(const std::filesystem::path& directory) {
  config settings = small_store(directory);
  settings.read_model_batch = 20;
  settings.read_model_snapshot_every = 50;
  settings.snapshot_every = 10;
  return builder{settings}
      .add<bank::account>()
      .add<bank::transfer>()
      .add_read_model<held>()
      .add_read_model<ends>()
      .add_process_manager<bank::transfers>()
      .add_timers<bank::account>();
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

/// Everything that the import has led to, byte for byte.
inline std::string picture_of_import(runtime& app) {
  return effects_of_import(app) + all_of_model<held>(app) + all_of_model<ends>(app);
}

}  // namespace cairn::tests

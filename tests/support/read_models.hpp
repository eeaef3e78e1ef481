#pragma once

#include "cairn/fields.hpp"
#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

// Events and read models for tests.

namespace cairn::tests {

struct opened {
  static constexpr std::string_view stable_name = "test.opened";
  std::string owner;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("owner", owner));
  }
};

struct deposited {
  static constexpr std::string_view stable_name = "test.deposited";
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("cents", cents));
  }
};

struct noted {
  static constexpr std::string_view stable_name = "test.noted";
  std::string text;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("text", text));
  }
};

struct bank_account {
  static constexpr std::string_view stable_name = "test.account";
  using event = std::variant<opened, deposited>;
};

struct notes {
  static constexpr std::string_view stable_name = "test.notes";
  using event = std::variant<noted>;
};

/// What a commit of a test may hold: events of one aggregate.
using shop_event = std::variant<opened, deposited, noted>;

/// Asks how much an account has, and how many events made it so.
struct balance_of {
  struct balance {
    std::int64_t cents = 0;
    std::uint64_t events = 0;
    bool operator==(const balance&) const = default;
  };
  using answer = balance;
  std::string id;
};

struct balance_row {
  std::int64_t cents = 0;
  std::uint64_t events = 0;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("cents", cents), cairn::field("events", events));
  }
};

/// In tables. Counts events, so that one that is applied twice shows.
template <std::uint32_t Version> struct balances_at {
  static constexpr std::string_view stable_name = "test.balances";
  static constexpr std::uint32_t version = Version;
  using sources = cairn::sources<cairn::all_of<bank_account>>;

  struct tables {
    cairn::table<std::string, balance_row> by_account;
    cairn::table<std::uint64_t, std::string> by_offset;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      cairn::fields(
          ar, cairn::field("by_account", by_account), cairn::field("by_offset", by_offset));
    }
  };

  static void apply(tables& now, const cairn::recorded<opened>& fact) { add(now, fact.meta, 0); }
  static void apply(tables& now, const cairn::recorded<deposited>& fact) {
    add(now, fact.meta, fact->cents);
  }

  static balance_of::balance query(const tables& now, const balance_of& question) {
    const auto row = now.by_account.get(question.id);
    return row ? balance_of::balance{row->cents, row->events} : balance_of::balance{};
  }

 private:
  static void add(tables& now, const cairn::event_metadata& meta, std::int64_t cents) {
    now.by_account.update(std::string{meta.aggregate_id}, [&](balance_row& row) {
      row.cents += cents;
      ++row.events;
    });
    now.by_offset.put(meta.position.offset, std::string{meta.aggregate_id});
  }
};
using balances = balances_at<1>;

/// How many events there were, and their sum.
struct how_much {
  struct sum {
    std::int64_t cents = 0;
    std::uint64_t events = 0;
    bool operator==(const sum&) const = default;
  };
  using answer = sum;
};

/// In memory.
struct totals {
  static constexpr std::string_view stable_name = "test.totals";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<bank_account, deposited>>;

  struct state {
    std::int64_t cents = 0;
    std::uint64_t events = 0;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      cairn::fields(ar, cairn::field("cents", cents), cairn::field("events", events));
    }
  };

  static void apply(state& now, const cairn::recorded<deposited>& fact) {
    now.cents += fact->cents;
    ++now.events;
  }
  static how_much::sum query(const state& now, const how_much& /*question*/) {
    return {now.cents, now.events};
  }
};

/// When deposits are refused by the models below: those of `cents`, so many times.
struct refusal_plan {
  static inline std::atomic<std::int64_t> cents{0};
  static inline std::atomic<int> times{0};

  static void refuse(std::int64_t these, int so_often) {
    cents = these;
    times = so_often;
  }
  static void meet(std::int64_t these) {
    if (these == cents && times > 0) {
      --times;
      throw std::runtime_error{"no deposits of " + std::to_string(these)};
    }
  }
};

/// Like balances, but refuses what the plan says, after it has changed a row.
struct fragile_balances : balances {
  static constexpr std::string_view stable_name = "test.fragile_balances";
  using balances::apply;
  static void apply(tables& now, const cairn::recorded<deposited>& fact) {
    balances::apply(now, fact);
    refusal_plan::meet(fact->cents);
  }
};

/// Like totals, but refuses what the plan says, after it has changed the state.
struct fragile_totals : totals {
  static constexpr std::string_view stable_name = "test.fragile_totals";
  static void apply(state& now, const cairn::recorded<deposited>& fact) {
    totals::apply(now, fact);
    refusal_plan::meet(fact->cents);
  }
};

}  // namespace cairn::tests

#pragma once

#include "support/account.hpp"

#include "cairn/cairn.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace cairn::tests {

/// In tables: what each account holds.
struct holdings {
  static constexpr std::string_view stable_name = "bank.holdings";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<bank::account>>;
  struct tables {
    table<std::string, std::int64_t> by_account;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("by_account", by_account));
    }
  };
  static void apply(tables& now, const recorded<bank::opened>& fact) { add(now, fact.meta, 0); }
  static void apply(tables& now, const recorded<bank::deposited>& fact) {
    add(now, fact.meta, fact->cents);
  }
  static void apply(tables& now, const recorded<bank::withdrawn>& fact) {
    add(now, fact.meta, -fact->cents);
  }
  struct all {
    using answer = std::map<std::string, std::int64_t>;
  };
  static all::answer query(const tables& now, const all& /*question*/) {
    all::answer found;
    now.by_account.each(
        [&found](const std::string& id, std::int64_t cents) { found.emplace(id, cents); });
    return found;
  }

 private:
  static void add(tables& now, const event_metadata& meta, std::int64_t cents) {
    now.by_account.update(std::string{meta.aggregate_id},
                          [cents](std::int64_t& held) { held += cents; });
  }
};

/// In memory: how many events there were.
struct event_count {
  static constexpr std::string_view stable_name = "bank.event_count";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<bank::account>>;
  struct state {
    std::uint64_t events = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("events", events)); }
  };
  template <class Event> static void apply(state& now, const recorded<Event>& /*fact*/) {
    ++now.events;
  }
  struct all {
    using answer = std::uint64_t;
  };
  static std::uint64_t query(const state& now, const all& /*question*/) { return now.events; }
};

/// A runtime with the bank and both read models.
[[nodiscard]] inline result<runtime> start_bank(const config& settings) {
  return builder{settings}
      .add<bank::account>({.snapshot_every = 10})
      .add_read_model<holdings>()
      .add_read_model<event_count>()
      .start();
}

}  // namespace cairn::tests

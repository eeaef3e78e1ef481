#pragma once

#include "cairn/cairn.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

// What the golden store is about. Frozen together with its bytes: nothing here may change.

namespace cairn::golden {

// -- an aggregate with snapshots ------------------------------------------------------------------

struct opened {
  static constexpr std::string_view stable_name = "golden.opened";
  std::string owner;
  std::optional<std::int64_t> overdraft;  // since version 1
  template <class Ar> void serialize(Ar& ar, unsigned version) {
    fields(ar, field("owner", owner));
    if (version >= 1) fields(ar, field("overdraft", overdraft));
  }
  bool operator==(const opened&) const = default;
};
struct moved {
  static constexpr std::string_view stable_name = "golden.moved";
  std::int64_t cents = 0;
  std::string memo;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("cents", cents), field("memo", memo));
  }
  bool operator==(const moved&) const = default;
};
struct charged {
  static constexpr std::string_view stable_name = "golden.charged";
  std::uint32_t cents = 0;
  double rate = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("cents", cents), field("rate", rate));
  }
  bool operator==(const charged&) const = default;
};

struct open {
  static constexpr std::string_view stable_name = "golden.open";
  std::string owner;
  std::optional<std::int64_t> overdraft;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("owner", owner), field("overdraft", overdraft));
  }
  bool operator==(const open&) const = default;
};
struct move {
  static constexpr std::string_view stable_name = "golden.move";
  std::int64_t cents = 0;
  std::string memo;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("cents", cents), field("memo", memo));
  }
  bool operator==(const move&) const = default;
};
/// Accepted without an event.
struct touch {
  static constexpr std::string_view stable_name = "golden.touch";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
  bool operator==(const touch&) const = default;
};

struct account {
  static constexpr std::string_view stable_name = "golden.account";
  struct state {
    bool is_open = false;
    std::int64_t cents = 0;
    std::int64_t overdraft = 0;
    std::string owner;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar,
             field("is_open", is_open),
             field("cents", cents),
             field("overdraft", overdraft),
             field("owner", owner));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::int16_t { overdrawn = 1, not_open = -300, open_already = 70 };
  using command = std::variant<open, move, touch>;
  using event = std::variant<opened, moved, charged>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const open& wish) {
    if (now.is_open) return rejection::open_already;
    return opened{wish.owner, wish.overdraft};
  }
  /// A withdrawal costs a fee: two events.
  static decision decide(const state& now, const move& wish) {
    if (!now.is_open) return rejection::not_open;
    if (wish.cents >= 0) return moved{wish.cents, wish.memo};
    if (now.cents + wish.cents - 3 < -now.overdraft) return rejection::overdrawn;
    return {moved{wish.cents, wish.memo}, charged{3, 0.25}};
  }
  static decision decide(const state& now, const touch& /*wish*/) {
    if (!now.is_open) return rejection::not_open;
    return {};
  }
  static void evolve(state& now, const opened& fact) {
    now.is_open = true;
    now.owner = fact.owner;
    now.overdraft = fact.overdraft.value_or(0);
  }
  static void evolve(state& now, const moved& fact) { now.cents += fact.cents; }
  static void evolve(state& now, const charged& fact) { now.cents -= fact.cents; }
};

// -- an aggregate without snapshots ---------------------------------------------------------------

struct put_in {
  static constexpr std::string_view stable_name = "golden.put_in";
  std::map<std::string, std::uint32_t> items;
  std::vector<std::string> notes;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("items", items), field("notes", notes));
  }
  bool operator==(const put_in&) const = default;
};
struct taken_out {
  static constexpr std::string_view stable_name = "golden.taken_out";
  std::string item;
  std::chrono::milliseconds after{0};
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("item", item), field("after", after));
  }
  bool operator==(const taken_out&) const = default;
};

/// Holds things. Its commands are its events' twins.
struct basket {
  static constexpr std::string_view stable_name = "golden.basket";
  struct state {
    std::map<std::string, std::int64_t> items;
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { no_such_item = 200 };
  using command = std::variant<put_in, taken_out>;
  using event = std::variant<put_in, taken_out>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const put_in& wish) { return wish; }
  static decision decide(const state& now, const taken_out& wish) {
    if (!now.items.contains(wish.item)) return rejection::no_such_item;
    return wish;
  }
  static void evolve(state& now, const put_in& fact) {
    for (const auto& [item, count] : fact.items)
      now.items[item] += count;
  }
  static void evolve(state& now, const taken_out& fact) {
    if (--now.items[fact.item] == 0) now.items.erase(fact.item);
  }
};

// -- read models ----------------------------------------------------------------------------------

/// In tables.
struct ledger {
  static constexpr std::string_view stable_name = "golden.ledger";
  static constexpr std::uint32_t version = 3;
  using sources = cairn::sources<all_of<account>, some_of<basket, put_in>>;

  struct row {
    std::int64_t cents = 0;
    std::uint32_t events = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("cents", cents), field("events", events));
    }
    bool operator==(const row&) const = default;
  };
  using contents = std::map<std::string, row>;
  struct tables {
    table<std::string, row> by_account;
    table<std::pair<std::string, std::uint64_t>, std::string> events;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("by_account", by_account), field("events", events));
    }
  };

  static void apply(tables& now, const recorded<opened>& fact) { add(now, fact.meta, 0); }
  static void apply(tables& now, const recorded<moved>& fact) { add(now, fact.meta, fact->cents); }
  static void apply(tables& now, const recorded<charged>& fact) {
    add(now, fact.meta, -std::int64_t{fact->cents});
  }
  static void apply(tables& now, const recorded<put_in>& fact) { list(now, fact.meta); }

  struct accounts {
    using answer = contents;
  };
  static contents query(const tables& now, const accounts& /*question*/) {
    contents found;
    now.by_account.each([&](const std::string& id, const row& held) { found.emplace(id, held); });
    return found;
  }
  /// How many events it has listed, each under its aggregate and version.
  struct listed {
    using answer = std::uint64_t;
  };
  static std::uint64_t query(const tables& now, const listed& /*question*/) {
    return now.events.size();
  }

 private:
  static void add(tables& now, const event_metadata& meta, std::int64_t cents) {
    now.by_account.update(std::string{meta.aggregate_id}, [&](row& held) {
      held.cents += cents;
      ++held.events;
    });
    list(now, meta);
  }
  static void list(tables& now, const event_metadata& meta) {
    now.events.put({std::string{meta.aggregate_type} + "/" + std::string{meta.aggregate_id},
                    meta.version.value},
                   std::string{meta.event_type});
  }
};

/// In memory.
struct stock {
  static constexpr std::string_view stable_name = "golden.stock";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<basket>>;
  using contents = std::map<std::string, std::int64_t>;
  struct state {
    contents items;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("items", items)); }
  };
  static void apply(state& now, const recorded<put_in>& fact) {
    for (const auto& [item, count] : fact->items)
      now.items[item] += count;
  }
  static void apply(state& now, const recorded<taken_out>& fact) { --now.items[fact->item]; }
  struct all {
    using answer = contents;
  };
  static contents query(const state& now, const all& /*question*/) { return now.items; }
};

}  // namespace cairn::golden

BOOST_CLASS_VERSION(cairn::golden::opened, 1)
BOOST_CLASS_VERSION(cairn::golden::account::state, 2)

#pragma once

#include "support/account.hpp"

#include "cairn/cairn.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <variant>

namespace cairn::tests {

/// In tables, and says what changes.
struct told_holdings {
  static constexpr std::string_view stable_name = "bank.told_holdings";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<bank::account>>;
  struct now_has {
    std::string id;
    std::int64_t cents = 0;
  };
  using updates = std::variant<now_has>;
  struct tables {
    table<std::string, std::int64_t> by_account;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      fields(ar, field("by_account", by_account));
    }
  };
  template <class Event>
  static void apply(tables& now, const recorded<Event>& fact, const applying& around) {
    const std::string id{fact.meta.aggregate_id};
    std::int64_t cents = now.by_account.get(id).value_or(0);
    if constexpr (std::is_same_v<Event, bank::deposited>) cents += fact->cents;
    if constexpr (std::is_same_v<Event, bank::withdrawn>) cents -= fact->cents;
    now.by_account.put(id, cents);
    around.emit(now_has{id, cents});
  }
  struct all {
    using answer = std::map<std::string, std::int64_t>;
  };
  static all::answer query(const tables& now, const all& /*question*/) {
    all::answer found;
    now.by_account.each([&](const std::string& id, std::int64_t cents) { found[id] = cents; });
    return found;
  }
};

}  // namespace cairn::tests

#pragma once

#include "bank/figures/figures.hpp"
#include "bank/read_models/movements.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace bank {

/// What was moved by each kind, operation and symbol.
struct all_kinds {
  using answer = std::vector<kind_figures>;
};

/// Movements by kind, operation and symbol. Some dozens of sums, so they are kept in memory: a
/// model with a `state` instead of `tables`.
struct kinds {
  static constexpr std::string_view stable_name = "bank.kinds";
  static constexpr std::uint32_t version = 1;
  using sources = movements;

  struct sums {
    std::int64_t movements = 0;
    std::int64_t amount_cents = 0;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, movements, amount_cents);
    }
  };

  struct state {
    /// By kind, operation and symbol.
    std::map<std::tuple<std::string, std::string, std::string>, sums> by_kind;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("by_kind", by_kind));
    }
  };

  template <class Fact> static void apply(state& now, const cairn::recorded<Fact>& fact) {
    const log_entry entry = posting_of(fact.event).entry;
    sums& one = now.by_kind[{entry.kind, entry.operation, entry.symbol}];
    ++one.movements;
    one.amount_cents += entry.amount_cents;
  }

  static all_kinds::answer query(const state& now, const all_kinds& /*question*/) {
    all_kinds::answer all;
    for (const auto& [key, one] : now.by_kind) {
      const auto& [kind, operation, symbol] = key;
      all.push_back({kind, operation, symbol, one.movements, one.amount_cents});
    }
    return all;
  }
};

}  // namespace bank

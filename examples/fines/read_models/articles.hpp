#pragma once

#include "fines/figures/figures.hpp"
#include "fines/read_models/all_case_events.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fines {

/// How many fines each article of the traffic code brought, and how much.
struct all_articles {
  using answer = std::vector<article_figures>;
};

/// New fines by article, in memory.
struct articles {
  static constexpr std::string_view stable_name = "fines.articles";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<fine_case, fine_created>>;

  struct sums {
    std::int64_t fines = 0;
    std::optional<std::int64_t> created_cents = {};

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, fines, created_cents);
    }
  };

  struct state {
    std::map<std::string, sums> by_article;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("by_article", by_article));
    }
  };

  static void apply(state& now, const cairn::recorded<fine_created>& fact) {
    sums& all = now.by_article[fact->article];
    ++all.fines;
    if (!fact->amount_cents) return;
    all.created_cents = all.created_cents.value_or(0) + *fact->amount_cents;
  }

  static all_articles::answer query(const state& now, const all_articles& /*question*/) {
    all_articles::answer all;
    for (const auto& [article, one] : now.by_article)
      all.push_back({article, one.fines, one.created_cents});
    return all;
  }
};

}  // namespace fines

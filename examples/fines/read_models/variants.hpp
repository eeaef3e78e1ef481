#pragma once

#include "fines/figures/figures.hpp"
#include "fines/read_models/all_case_events.hpp"

#include "cairn/table.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fines {

/// How many cases went the same way. In no particular order.
struct all_variants {
  using answer = std::vector<variant_figures>;
};

/// The way that each case went so far, on disk. They are counted when somebody asks: a case changes
/// its way with all that happens, so counting would cost two more rows each time.
struct variants {
  static constexpr std::string_view stable_name = "fines.variants";
  static constexpr std::uint32_t version = 1;
  using sources = all_case_events;

  struct step {
    std::uint64_t seq = 0;
    activity what{};

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, seq, what);
    }
  };

  struct way {
    /// In the order of `seq`; of equals the one that came later is later.
    std::vector<step> steps;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, steps);
    }
  };

  struct tables {
    cairn::table<std::string, way> cases;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("cases", cases));
    }
  };

  template <class Fact> static void apply(tables& now, const cairn::recorded<Fact>& fact) {
    const entry one = entry_of(fact.event);
    now.cases.update(std::string{fact.meta.aggregate_id}, [&](way& so_far) {
      auto& steps = so_far.steps;
      const std::uint64_t newest_seq = steps.empty() ? 0 : steps.back().seq;
      const step taken{one.at.is_from_log() ? one.at.seq : newest_seq + 1, one.what};
      const auto place = std::upper_bound(
          steps.begin(), steps.end(), taken, [](const step& left, const step& right) {
            return left.seq < right.seq;
          });
      steps.insert(place, taken);
    });
  }

  static all_variants::answer query(const tables& now, const all_variants& /*question*/) {
    std::map<std::vector<activity>, std::int64_t> counts;
    std::vector<activity> path;
    now.cases.each([&](const std::string& /*id*/, const way& one) {
      path.clear();
      for (const step& taken : one.steps)
        path.push_back(taken.what);
      ++counts[path];
    });
    all_variants::answer all;
    for (const auto& [went, cases] : counts)
      all.push_back({went, cases});
    return all;
  }
};

}  // namespace fines

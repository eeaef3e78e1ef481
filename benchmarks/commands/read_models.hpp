#pragma once

#include "commands/tally.hpp"

#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/// The question that every read model here answers: everything that was ever added.
struct everything {
  using answer = tally::state;
};

/// One tally; of what is kept in tables only.
struct tally_of {
  using answer = tally::state;
  std::string id;
};

/// Sums up all tallies, in memory.
struct memory_sums {
  static constexpr std::string_view stable_name = "bench.memory_sums";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<tally>>;
  using state = tally::state;

  static void apply(state& now, const cairn::recorded<added>& fact) {
    tally::evolve(now, fact.event);
  }
  static tally::state query(const state& now, const everything& /*question*/) { return now; }
};

/// Sums up each tally, on disk.
struct table_sums {
  static constexpr std::string_view stable_name = "bench.table_sums";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<tally>>;

  struct tables {
    cairn::table<std::string, tally::state> by_id;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("by_id", by_id));
    }
  };

  static void apply(tables& now, const cairn::recorded<added>& fact) {
    now.by_id.update(std::string{fact.meta.aggregate_id},
                     [&fact](tally::state& one) { tally::evolve(one, fact.event); });
  }
  static tally::state query(const tables& now, const everything& /*question*/) {
    tally::state all;
    now.by_id.each([&all](const std::string& /*id*/, const tally::state& one) {
      all.count += one.count;
      all.sum += one.sum;
    });
    return all;
  }
  static tally::state query(const tables& now, const tally_of& question) {
    return now.by_id.get(question.id).value_or(tally::state{});
  }
};

/// The same again under a name of its own, for stores with several of them.
template <class Model, std::size_t Number> struct copy_of : Model {
  static_assert(Number >= 1 && Number <= 9);
  static constexpr auto name = [] {
    std::array<char, Model::stable_name.size() + 2> letters{};
    for (std::size_t i = 0; i < Model::stable_name.size(); ++i)
      letters[i] = Model::stable_name[i];
    letters[letters.size() - 2] = '_';
    letters[letters.size() - 1] = static_cast<char>('0' + Number);
    return letters;
  }();
  static constexpr std::string_view stable_name{name.data(), name.size()};
};

/// How many of one kind a store can have here.
inline constexpr std::uint32_t read_models_max = 8;

}  // namespace bench

#include "commands/tally.hpp"
#include "support/scratch_directory.hpp"

#include "cairn/config.hpp"
#include "cairn/persistence/store.hpp"
#include "cairn/table.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

// What a read model in tables costs for each event: a row is read, changed and written, and all
// changes of a batch are stored with its checkpoint. The arguments: how many rows there are, how
// many events a batch has, and whether they go round the rows or meet them by chance.

namespace {

namespace store = cairn::persistence;

struct plain_tables {
  cairn::table<std::string, bench::tally::state> by_id;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("by_id", by_id));
  }
};

/// With two indexes, one of which changes with each event.
struct indexed_tables {
  static std::int64_t last_digit(const bench::tally::state& row) { return row.sum % 10; }
  static std::uint64_t never(const bench::tally::state& row) { return row.count >> 40U; }

  cairn::table<std::string,
               bench::tally::state,
               cairn::indexed_by<"last_digit", &last_digit>,
               cairn::indexed_by<"never", &never>>
      by_id;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("by_id", by_id));
  }
};

template <class Tables> class view_on_disk {
 public:
  view_on_disk() : scratch_(std::filesystem::temp_directory_path()) {
    cairn::config settings;
    settings.store = scratch_.path() / "store";
    store_ = *store::store::open(settings, names_, cairn::silent_log());
    view_ = *store_->open_view("bench", 1, cairn::detail::table_names<Tables>());
  }

  template <class Change> void batch(Change&& change) {
    const auto batch = *view_->begin();
    cairn::detail::bind_tables(tables_, batch->tables());
    change(tables_.by_id);
    if (!batch->commit({++reached_})) throw std::runtime_error{"a batch was not stored"};
  }

 private:
  bench::scratch_directory scratch_;
  store::name_list names_;
  std::unique_ptr<store::store> store_;
  std::unique_ptr<store::view> view_;
  Tables tables_;
  std::uint64_t reached_ = 0;
};

template <class Tables> void apply_to_rows(benchmark::State& state) {
  const auto rows = static_cast<std::uint32_t>(state.range(0));
  const auto events = static_cast<std::uint32_t>(state.range(1));
  const bool by_chance = state.range(2) != 0;
  view_on_disk<Tables> view;
  constexpr std::uint32_t piece = 100'000;
  for (std::uint32_t from = 0; from < rows; from += piece) {
    view.batch([from, rows](auto& table) {
      for (std::uint32_t i = from; i < std::min(from + piece, rows); ++i)
        table.put(bench::tally_id(i), {});
    });
  }
  std::uint64_t dice = 1;
  for ([[maybe_unused]] auto turn : state) {
    view.batch([&](auto& table) {
      for (std::uint32_t i = 0; i < events; ++i) {
        // A generator of good enough randomness that costs nothing.
        dice = by_chance ? dice * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U
                         : dice + (std::uint64_t{1} << 33U);
        const auto which = static_cast<std::uint32_t>((dice >> 33U) % rows);
        table.update(bench::tally_id(which), [](bench::tally::state& row) {
          ++row.count;
          row.sum += 7;
        });
      }
    });
  }
  state.SetItemsProcessed(state.iterations() * events);
}

void arguments(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"rows", "batch", "by_chance"})->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const std::int64_t rows : {100, 10'000, 1'000'000}) {
    for (const std::int64_t batch : {10'000, 100'000}) {
      bench->Args({rows, batch, 1});
    }
  }
  bench->Args({10'000, 10'000, 0});
}
BENCHMARK_TEMPLATE(apply_to_rows, plain_tables)->Apply(arguments);
BENCHMARK_TEMPLATE(apply_to_rows, indexed_tables)
    ->Args({10'000, 10'000, 1})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

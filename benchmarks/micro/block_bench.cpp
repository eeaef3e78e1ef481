#include "commands/tally.hpp"

#include "cairn/codec.hpp"
#include "cairn/persistence/block.hpp"
#include "cairn/persistence/burst.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

// What the writer's thread does for a block, and what a reader does with one. The argument is the
// number of commits in it.

namespace {

namespace store = cairn::persistence;

const store::name_list names{std::string{bench::tally::stable_name},
                             std::string{bench::added::stable_name}};

/// A commit with one event of 100 bytes.
void add_commit(store::burst& to) {
  store::commit_head head;
  const std::string id = bench::tally_id(1);
  head.aggregate_id = id;
  head.base = {200};
  to.begin_commit(head, 1);
  const bench::added event{7, std::string(bench::note_bytes_for(100), '.')};
  cairn::encode(event, to.begin_event(0, 0, cairn::event_codec::binary));
  to.end_event();
  to.finish_commit(nullptr);
}

cairn::byte_view build(store::block_builder& block,
                       const store::burst& from,
                       std::int64_t commits) {
  const auto& one = from.entries().front();
  block.begin(names, from.names_used());
  for (std::int64_t i = 0; i < commits; ++i) {
    block.add(from.bytes_of(one), one.check, one.event_count, {});
  }
  store::log_end end;
  return block.finish(1, end);
}

void count(benchmark::State& state, std::size_t block_bytes) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(block_bytes));
}

void encode_commit(benchmark::State& state) {
  store::burst::origin nobody;
  for ([[maybe_unused]] auto turn : state) {
    store::burst burst{nobody, 1, 0};
    add_commit(burst);
    benchmark::DoNotOptimize(burst);
  }
}
BENCHMARK(encode_commit);

void build_block(benchmark::State& state) {
  store::burst::origin nobody;
  store::burst from{nobody, 1, 0};
  add_commit(from);
  store::block_builder block;
  std::size_t bytes = 0;
  for ([[maybe_unused]] auto turn : state)
    bytes = build(block, from, state.range(0)).size();
  count(state, bytes);
}
BENCHMARK(build_block)->Arg(1)->Arg(64)->Arg(400);

void hash_block(benchmark::State& state) {
  store::burst::origin nobody;
  store::burst from{nobody, 1, 0};
  add_commit(from);
  store::block_builder block;
  const cairn::byte_view bytes = build(block, from, state.range(0));
  store::chain_hash chain{};
  for ([[maybe_unused]] auto turn : state) {
    chain = store::next_link(chain, bytes);
    benchmark::DoNotOptimize(chain);
  }
  count(state, bytes.size());
}
BENCHMARK(hash_block)->Arg(1)->Arg(64)->Arg(400);

void read_block(benchmark::State& state) {
  store::burst::origin nobody;
  store::burst from{nobody, 1, 0};
  add_commit(from);
  store::block_builder block;
  const cairn::byte_view bytes = build(block, from, state.range(0));
  for ([[maybe_unused]] auto turn : state) {
    const auto view = store::block_view::parse(bytes);
    for (std::uint32_t place = 0; place < view->header().commit_count; ++place) {
      auto commit = view->commit(place);
      benchmark::DoNotOptimize(commit);
    }
  }
  count(state, bytes.size());
}
BENCHMARK(read_block)->Arg(1)->Arg(64)->Arg(400);

}  // namespace

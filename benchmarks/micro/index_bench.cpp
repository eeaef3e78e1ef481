#include "commands/tally.hpp"

#include "cairn/codec.hpp"
#include "cairn/persistence/block.hpp"
#include "cairn/persistence/burst.hpp"
#include "cairn/persistence/stream_index.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

// What the index's thread does for each commit. The arguments: whether commands have ids, and how
// many tags.

namespace {

namespace store = cairn::persistence;

constexpr std::uint64_t commits = 100'000;
constexpr std::uint64_t commits_of_block = 400;
constexpr std::uint64_t aggregates = 10'000;

const store::name_list names{std::string{bench::tally::stable_name},
                             std::string{bench::added::stable_name}};

/// Blocks of commits with one event of 100 bytes each.
std::vector<std::vector<std::byte>> make_blocks(bool with_ids, std::int64_t tag_count) {
  std::vector<std::vector<std::byte>> blocks;
  store::burst::origin nobody;
  store::log_end end;
  std::vector<std::string> tags;
  for (std::int64_t i = 0; i < tag_count; ++i)
    tags.push_back("tag " + std::to_string(i));
  for (std::uint64_t n = 0; n < commits;) {
    store::burst group{nobody, 1, 0};
    for (std::uint64_t i = 0; i < commits_of_block; ++i, ++n) {
      const std::string aggregate = bench::tally_id(static_cast<std::uint32_t>(n % aggregates));
      const std::string command = with_ids ? "command " + std::to_string(n) : std::string{};
      store::commit_head head;
      head.aggregate_id = aggregate;
      head.base = {n / aggregates};
      head.command_id = command;
      head.tags = tags;
      group.begin_commit(head, 1);
      const bench::added event{7, std::string(bench::note_bytes_for(100), '.')};
      cairn::encode(event, group.begin_event(0, 0, cairn::event_codec::binary));
      group.end_event();
      group.finish_commit(nullptr);
    }
    store::block_builder block;
    block.begin(names, group.names_used());
    for (const auto& entry : group.entries())
      block.add(group.bytes_of(entry), entry.check, entry.event_count, {});
    const cairn::byte_view bytes = block.finish(1, end);
    blocks.emplace_back(bytes.begin(), bytes.end());
  }
  return blocks;
}

void index_commits(benchmark::State& state) {
  const auto blocks = make_blocks(state.range(0) != 0, state.range(1));
  for ([[maybe_unused]] auto turn : state) {
    store::index_segment segment;
    for (const auto& block : blocks) {
      const auto added = segment.add(*store::block_view::parse_unchecked(block));
      if (!added) state.SkipWithError("a block could not be added");
    }
    benchmark::DoNotOptimize(segment);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(commits));
}
BENCHMARK(index_commits)->Args({0, 0})->Args({1, 0})->Args({0, 2})->Unit(benchmark::kMillisecond);

}  // namespace

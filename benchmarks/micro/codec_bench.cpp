#include "commands/tally.hpp"

#include "cairn/codec.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace {

bench::added sample(std::size_t payload_bytes) {
  return {7, std::string(bench::note_bytes_for(payload_bytes), '.')};
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void encode_event(benchmark::State& state) {
  const bench::added event = sample(static_cast<std::size_t>(state.range(0)));
  cairn::byte_buffer out;
  for ([[maybe_unused]] auto turn : state) {
    out.clear();
    cairn::encode(event, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count_bytes(state);
}
BENCHMARK(encode_event)->Arg(100)->Arg(1000);

void decode_event(benchmark::State& state) {
  cairn::byte_buffer bytes;
  cairn::encode(sample(static_cast<std::size_t>(state.range(0))), bytes);
  for ([[maybe_unused]] auto turn : state) {
    auto event = cairn::decode<bench::added>(bytes.view());
    benchmark::DoNotOptimize(event);
  }
  count_bytes(state);
}
BENCHMARK(decode_event)->Arg(100)->Arg(1000);

void event_to_json(benchmark::State& state) {
  const bench::added event = sample(static_cast<std::size_t>(state.range(0)));
  for ([[maybe_unused]] auto turn : state) {
    auto text = cairn::to_json(event);
    benchmark::DoNotOptimize(text);
  }
  count_bytes(state);
}
BENCHMARK(event_to_json)->Arg(100);

}  // namespace

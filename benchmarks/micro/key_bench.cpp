#include "cairn/detail/ordered_key.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>

namespace {

template <class Key> void append_key(benchmark::State& state, const Key& key) {
  cairn::byte_buffer out;
  for ([[maybe_unused]] auto turn : state) {
    out.clear();
    cairn::detail::ordered_key<Key>::append(out, key);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

template <class Key> void read_key(benchmark::State& state, const Key& key) {
  cairn::byte_buffer bytes;
  cairn::detail::ordered_key<Key>::append(bytes, key);
  for ([[maybe_unused]] auto turn : state) {
    // Whatever stands there now, it must be read again.
    benchmark::DoNotOptimize(bytes.data());
    benchmark::ClobberMemory();
    cairn::byte_reader in{bytes.view()};
    auto read = cairn::detail::ordered_key<Key>::read(in);
    benchmark::DoNotOptimize(read);
  }
}

using text_and_number = std::pair<std::string, std::uint64_t>;

BENCHMARK_CAPTURE(append_key, number, std::uint64_t{1234567});
BENCHMARK_CAPTURE(append_key, text, std::string{"customer-001234567"});
BENCHMARK_CAPTURE(append_key, pair, text_and_number{"customer-001234567", 42});
BENCHMARK_CAPTURE(read_key, number, std::uint64_t{1234567});
BENCHMARK_CAPTURE(read_key, text, std::string{"customer-001234567"});
BENCHMARK_CAPTURE(read_key, pair, text_and_number{"customer-001234567", 42});

}  // namespace

#include "cairn/detail/mpsc_queue.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace {

struct node {
  node* next = nullptr;
};

/// One thread pushes so many, then takes them: the cost without anybody in the way.
void push_and_take(benchmark::State& state) {
  std::vector<node> nodes(static_cast<std::size_t>(state.range(0)));
  cairn::detail::mpsc_queue<node> queue;
  for ([[maybe_unused]] auto turn : state) {
    for (node& one : nodes)
      queue.push(&one);
    benchmark::DoNotOptimize(queue.take_all());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(push_and_take)->Arg(1)->Arg(64)->Arg(4096);

/// The same while another thread takes whenever it can.
void push_against_a_taker(benchmark::State& state) {
  std::vector<node> nodes(static_cast<std::size_t>(state.range(0)));
  cairn::detail::mpsc_queue<node> queue;
  std::atomic<std::size_t> taken{0};
  std::atomic<bool> stop{false};
  std::thread taker{[&] {
    while (!stop.load(std::memory_order_relaxed)) {
      std::size_t count = 0;
      for (node* one = queue.take_all(); one != nullptr; one = one->next)
        ++count;
      taken.fetch_add(count, std::memory_order_release);
      if (count == 0) std::this_thread::yield();
    }
  }};
  std::size_t pushed = 0;
  for ([[maybe_unused]] auto turn : state) {
    for (node& one : nodes)
      queue.push(&one);
    pushed += nodes.size();
    while (taken.load(std::memory_order_acquire) < pushed)
      std::this_thread::yield();
  }
  stop.store(true);
  taker.join();
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(push_against_a_taker)->Arg(64)->Arg(4096)->UseRealTime();

/// There and back between two threads that sleep meanwhile: what a hand-over costs.
void wake_there_and_back(benchmark::State& state) {
  cairn::detail::wake_signal there;
  cairn::detail::wake_signal back;
  std::atomic<bool> stop{false};
  std::thread other{[&] {
    for (;;) {
      there.wait();
      if (stop.load()) return;
      back.set();
    }
  }};
  for ([[maybe_unused]] auto turn : state) {
    there.set();
    back.wait();
  }
  stop.store(true);
  there.set();
  other.join();
}
BENCHMARK(wake_there_and_back)->UseRealTime();

}  // namespace

#include "commands/watched_models.hpp"

#include "commands/read_models.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace bench {
namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

template <class Model> class watched : public watched_models {
 public:
  explicit watched(std::uint32_t count) : count_(count) {}

  void add_to(cairn::builder& parts) const override {
    each([&parts]<class One>(const One& /*which*/) { parts.add_read_model<One>(); });
  }

  [[nodiscard]] picture finish(cairn::runtime& app, const tally::state& expected) const override {
    picture seen;
    const steady::time_point begin = steady::now();
    const auto trouble = [&seen](std::string what) {
      if (seen.trouble.empty()) seen.trouble = std::move(what);
    };
    each([&]<class One>(const One& /*which*/) {
      // Asks for nothing that would make it wait.
      const auto status = app.read<One>().status();
      if (!status) return trouble(describe(status.error()));
      seen.behind = std::max(seen.behind, status->events_behind);
    });
    each([&]<class One>(const One& /*which*/) {
      const auto reached = app.read<One>({.caught_up = true, .timeout = 5min}).wait();
      if (!reached) trouble(describe(reached.error()));
    });
    seen.catch_up = steady::now() - begin;
    each([&]<class One>(const One& /*which*/) {
      const auto sums = app.read<One>().ask(everything{});
      if (!sums) return trouble(describe(sums.error()));
      if (*sums != expected) trouble("a read model has not summed up what was accepted");
    });
    return seen;
  }

 private:
  template <class Visit> void each(const Visit& visit) const {
    [&]<std::size_t... Index>(std::index_sequence<Index...> /*all*/) {
      ((Index < count_ ? visit(copy_of<Model, Index + 1>{}) : void()), ...);
    }
    (std::make_index_sequence<read_models_max>{});
  }

  std::uint32_t count_;
};

}  // namespace

std::unique_ptr<watched_models> watch_models(const std::string& kind, std::uint32_t count) {
  CAIRN_ASSERT(count >= 1);
  CAIRN_ASSERT(count <= read_models_max);
  if (kind == "memory") return std::make_unique<watched<memory_sums>>(count);
  if (kind == "tables") return std::make_unique<watched<table_sums>>(count);
  return nullptr;
}

}  // namespace bench

#pragma once

#include "cairn/aggregate.hpp"

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

namespace cairn::tests {

/// Code of a user that throws, on demand.
struct grumpy {
  static constexpr std::string_view stable_name = "grumpy";

  struct poke {
    static constexpr std::string_view stable_name = "poke";
    std::string how;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("how", how)); }
    bool operator==(const poke&) const = default;
  };
  struct poked {
    static constexpr std::string_view stable_name = "poked";
    std::string how;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("how", how)); }
    bool operator==(const poked&) const = default;
  };

  struct state {
    int pokes = 0;
  };
  enum class rejection : std::uint8_t { no };
  using command = std::variant<poke>;
  using event = std::variant<poked>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const poke& wish) {
    if (wish.how == "decide throws") throw std::runtime_error{"not today"};
    if (wish.how == "no") return rejection::no;
    if (wish.how == "nothing") return {};
    if (wish.how == "large") return poked{std::string(5000, 'x')};
    return poked{wish.how};
  }
  /// Whether an event "old" can no longer be applied.
  static inline std::atomic<bool> refuses_the_past{false};
  static void evolve(state& now, const poked& fact) {
    ++now.pokes;
    if (fact.how == "evolve throws") throw std::runtime_error{"cannot take it"};
    if (refuses_the_past.load() && fact.how == "old") throw std::runtime_error{"changed my mind"};
  }
};

}  // namespace cairn::tests

#pragma once

#include "cairn/aggregate.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

namespace cairn::tests {

/// Keeps the text that it was told; cannot read what it once stored when a test says so.
struct notebook {
  static constexpr std::string_view stable_name = "notebook";
  struct write {
    static constexpr std::string_view stable_name = "write";
    std::string text;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("text", text)); }
    bool operator==(const write&) const = default;
  };
  struct written {
    static constexpr std::string_view stable_name = "written";
    std::string text;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("text", text)); }
    bool operator==(const written&) const = default;
  };
  struct state {
    std::string text;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("text", text)); }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { none };
  using command = std::variant<write>;
  using event = std::variant<written>;
  using decision = cairn::decision<event, rejection>;

  static inline std::atomic<bool> is_illegible{false};

  static decision decide(const state&, const write& wish) { return written{wish.text}; }
  static void evolve(state& now, const written& fact) {
    if (is_illegible.load() && fact.text == "scrawl") throw std::runtime_error{"illegible"};
    now.text += fact.text;
  }
};

}  // namespace cairn::tests

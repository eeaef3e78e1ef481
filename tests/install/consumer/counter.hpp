#pragma once

#include <cairn/cairn.hpp>
#include <cstdint>
#include <string_view>
#include <variant>

namespace consumer {

struct raise {
  static constexpr std::string_view stable_name = "raise";
  std::int64_t by = 0;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) { cairn::fields(ar, by); }
  bool operator==(const raise&) const = default;
};

struct raised {
  static constexpr std::string_view stable_name = "raised";
  std::int64_t by = 0;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) { cairn::fields(ar, by); }
  bool operator==(const raised&) const = default;
};

struct counter {
  static constexpr std::string_view stable_name = "consumer.counter";
  struct state {
    std::int64_t total = 0;
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { not_positive };
  using command = std::variant<raise>;
  using event = std::variant<raised>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const raise& wish) {
    if (wish.by <= 0) return rejection::not_positive;
    return raised{wish.by};
  }
  static void evolve(state& now, const raised& fact) { now.total += fact.by; }
};

static_assert(cairn::check_aggregate<counter>());

}  // namespace consumer

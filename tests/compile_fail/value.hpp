#pragma once

#include "messages.hpp"

#include "cairn/value_aggregate.hpp"

// A complete value, and a value aggregate of any value that takes a ping.

struct whole {
  static constexpr std::string_view stable_name = "whole";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const whole&) const = default;
};

template <class V> struct keeper : cairn::value_aggregate<V> {
  static constexpr std::string_view stable_name = "keeper";
  enum class rejection { none };
  using command = std::variant<ping>;
  using decision = cairn::value_decision<V, rejection>;
  static decision decide(const std::optional<V>& /*now*/, const ping& /*wish*/) { return {}; }
};

static_assert(cairn::check_aggregate<keeper<whole>>());

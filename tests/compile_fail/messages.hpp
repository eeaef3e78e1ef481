#pragma once

#include "cairn/aggregate.hpp"

// Two complete messages, for aggregates in which something else is missing.

struct ping {
  static constexpr std::string_view stable_name = "ping";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const ping&) const = default;
};

struct pong {
  static constexpr std::string_view stable_name = "pong";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const pong&) const = default;
};

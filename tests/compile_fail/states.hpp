#pragma once

#include "messages.hpp"

// Two states that are stored, for aggregates with handlers by state in which something is missing.

struct here {
  static constexpr std::string_view stable_name = "here";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
};

struct there {
  static constexpr std::string_view stable_name = "there";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
};

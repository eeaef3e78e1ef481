#pragma once

#include "messages.hpp"

#include "cairn/detail/stored_names.hpp"

#include <array>
#include <tuple>
#include <vector>

// A complete aggregate, to which a past is added that is not.

struct without_past {
  static constexpr std::string_view stable_name = "table";
  struct state {};
  enum class rejection { none };
  using command = std::variant<ping>;
  using event = std::variant<pong>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const ping& /*wish*/) { return pong{}; }
  static void evolve(state& /*now*/, const pong& /*fact*/) {}
};

struct old_pong {
  static constexpr std::string_view stable_name = "old_pong";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const old_pong&) const = default;
};

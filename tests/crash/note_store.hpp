#pragma once

#include "crash/note.hpp"

#include "cairn/value_aggregate.hpp"

#include <string>

namespace cairn::tests {

/// The newest note of each client: each has a place of its own.
struct note_store : stored_value<note> {
  static constexpr std::string_view stable_name = "note_store";
};

[[nodiscard]] inline std::string place_of(std::uint32_t client) {
  return "place-" + std::to_string(client);
}

inline constexpr std::uint32_t note_store_clients = 64;

}  // namespace cairn::tests

#pragma once

#include "read_models/feeder.hpp"

#include <string>

// What people read of a failure.

namespace cairn::actors {

[[nodiscard]] inline std::string place_of(const position& where) {
  return " at offset " + std::to_string(where.offset) + " of partition " +
         std::to_string(where.partition.value);
}

[[nodiscard]] inline std::string place_of(const feed_failure& failed) {
  std::string text = "cannot read what is";
  if (!failed.event_type.empty()) {
    text = failed.hands_over ? "cannot hand over " : "cannot apply ";
    text += failed.event_type;
  }
  return text + place_of(failed.position);
}

[[nodiscard]] inline std::string reason(const error& why) {
  std::string text{to_string(why.what)};
  if (!why.detail.empty()) text.append(": ").append(why.detail);
  return text;
}

}  // namespace cairn::actors

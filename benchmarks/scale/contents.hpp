#pragma once

#include "commands/tally.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bench {

/// What is in a store when it has been prepared: as many events for each aggregate, in commands of
/// events_per_command (the last one of an aggregate may have fewer), each round of commands to all
/// aggregates in an order of its own, which leaps: so that the events of an aggregate lie far apart
/// in the log, and neighbours in it have nothing in common.
struct contents {
  std::uint32_t known = 1;
  std::uint32_t events_each = 1;
  std::uint32_t events_per_command = 1;
  std::uint32_t payload_bytes = smallest_payload;
  std::uint16_t partitions = 1;

  bool operator==(const contents&) const = default;

  [[nodiscard]] std::uint64_t events() const noexcept { return std::uint64_t{known} * events_each; }
  /// Commands to each aggregate.
  [[nodiscard]] std::uint32_t rounds() const noexcept {
    return (events_each + events_per_command - 1) / events_per_command;
  }
  /// Of an aggregate that has what was prepared and nothing else.
  [[nodiscard]] tally::state state_of(std::uint32_t number) const noexcept;
};

/// One line for each figure. What from_text() reads is the same again.
[[nodiscard]] std::string to_text(const contents& what);
/// Nothing when it is no such text.
[[nodiscard]] std::optional<contents> from_text(std::string_view text);

/// Numbers from 0 to `count` - 1, each once, in leaps; another order for each seed.
class leaps {
 public:
  /// @pre count > 0
  leaps(std::uint32_t count, std::uint32_t seed) noexcept;

  /// @pre place < count
  [[nodiscard]] std::uint32_t at(std::uint32_t place) const noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{place} * step_ + first_) % count_);
  }

 private:
  std::uint64_t count_;
  std::uint64_t step_;
  std::uint64_t first_;
};

}  // namespace bench

#pragma once

#include "commands/tally.hpp"
#include "support/options.hpp"
#include "support/scratch_store.hpp"

#include "cairn/cairn.hpp"

#include <cstdint>

namespace bench {

/// A stopped store with so many events in each of so many streams, one of each stream after the
/// other: every block has events of as many streams as it can. Removed with this.
class filled_store {
 public:
  /// Throws std::runtime_error when Cairn fails. Blocks.
  filled_store(const options& chosen, std::uint32_t streams, std::uint64_t events_each);

  [[nodiscard]] const cairn::config& settings() const noexcept { return store_.settings(); }
  [[nodiscard]] std::uint32_t streams() const noexcept { return streams_; }
  [[nodiscard]] std::uint64_t events() const noexcept { return streams_ * events_each_; }

  /// What the aggregate with this number must have become.
  [[nodiscard]] tally::state state_of(std::uint32_t number) const noexcept;
  /// All of them together.
  [[nodiscard]] tally::state sum() const noexcept;

 private:
  scratch_store store_;
  std::uint32_t streams_;
  std::uint64_t events_each_;
};

}  // namespace bench

#pragma once

#include "support/dice.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bench {

/// Tells every command apart from all others. It is stored at the front of the event's note.
struct ticket {
  std::uint32_t client = 0;
  /// Counts the client's commands from 0.
  std::uint64_t sequence = 0;

  static constexpr std::size_t bytes = sizeof(std::uint32_t) + sizeof(std::uint64_t);

  /// @pre there is room for `bytes` bytes at `to`
  void write(void* to) const noexcept {
    auto* at = static_cast<std::byte*>(to);
    std::memcpy(at, &client, sizeof client);
    std::memcpy(at + sizeof client, &sequence, sizeof sequence);
  }

  /// @pre there are `bytes` bytes at `from`
  [[nodiscard]] static ticket read(const void* from) noexcept {
    const auto* at = static_cast<const std::byte*>(from);
    ticket found;
    std::memcpy(&found.client, at, sizeof found.client);
    std::memcpy(&found.sequence, at + sizeof found.client, sizeof found.sequence);
    return found;
  }
};

/// A number for "this command became version `version` of its aggregate, at `offset` of the log of
/// `partition`".
/// Summed over all commands, it tells whether the receipts said what the log says.
[[nodiscard]] constexpr std::uint64_t fingerprint(const ticket& which,
                                                  std::uint64_t partition,
                                                  std::uint64_t offset,
                                                  std::uint64_t version) noexcept {
  return dice::mixed(dice::mixed(dice::mixed(which.client + 1U) + which.sequence) + offset) ^
         dice::mixed(offset * 31U + version + (partition << 48U));
}

}  // namespace bench

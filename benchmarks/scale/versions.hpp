#pragma once

#include "support/dice.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bench {

/// A number for "this aggregate came to this version". Summed over all answers, it tells whether
/// the versions went on one by one.
[[nodiscard]] constexpr std::uint64_t version_print(std::uint32_t aggregate,
                                                    std::uint64_t version) noexcept {
  return dice::mixed(dice::mixed(aggregate + 1U) + version);
}

/// The version of each aggregate as its answers said, in memory that is shared with the processes
/// that are forked while this is there. Any thread.
class versions {
 public:
  /// All 0. Throws std::system_error.
  explicit versions(std::uint32_t aggregates);
  versions(const versions&) = delete;
  versions& operator=(const versions&) = delete;
  ~versions();

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint32_t of(std::uint32_t aggregate) const noexcept {
    return place(aggregate).load(std::memory_order_relaxed);
  }
  void set(std::uint32_t aggregate, std::uint32_t version) noexcept {
    place(aggregate).store(version, std::memory_order_relaxed);
  }
  /// One more event was accepted.
  void advance(std::uint32_t aggregate) noexcept {
    place(aggregate).fetch_add(1, std::memory_order_relaxed);
  }

  /// As they are now.
  [[nodiscard]] std::vector<std::uint32_t> copy() const;
  [[nodiscard]] std::uint64_t sum() const noexcept;

  /// The version_prints of all versions behind `before` up to the present ones.
  [[nodiscard]] std::uint64_t prints_since(std::span<const std::uint32_t> before) const noexcept;

 private:
  [[nodiscard]] std::atomic_ref<std::uint32_t> place(std::uint32_t aggregate) const noexcept {
    return std::atomic_ref<std::uint32_t>{at_[aggregate]};
  }

  std::uint32_t count_;
  std::size_t bytes_;
  std::uint32_t* at_ = nullptr;
};

}  // namespace bench

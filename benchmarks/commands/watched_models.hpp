#pragma once

#include "commands/tally.hpp"

#include "cairn/cairn.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace bench {

/// The read models of a trial, all of one kind: none, or 1 to read_models_max of them. One thread.
class watched_models {
 public:
  /// What they show at the end.
  struct picture {
    /// Events that the last of them had yet to see when finish() was called.
    std::uint64_t behind = 0;
    /// Until all of them had seen everything.
    std::chrono::nanoseconds catch_up{};
    /// Empty when all of them have summed up what they should.
    std::string trouble;
  };

  watched_models() = default;
  watched_models(const watched_models&) = delete;
  watched_models& operator=(const watched_models&) = delete;
  virtual ~watched_models() = default;

  virtual void add_to(cairn::builder& parts) const = 0;
  /// Waits until all of them have seen everything, and compares. Blocks.
  [[nodiscard]] virtual picture finish(cairn::runtime& app, const tally::state& expected) const = 0;
};

/// Null for "none" and for what is not known.
/// @pre 1 <= count <= read_models_max
[[nodiscard]] std::unique_ptr<watched_models> watch_models(const std::string& kind,
                                                           std::uint32_t count);

}  // namespace bench

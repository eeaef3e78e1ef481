#pragma once

#include "support/dice.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace bench {

/// Which of `count` aggregates the next command goes to: each as likely as the others, or by Zipf's
/// law, where number k (from 0) is as likely as 1 / (k + 1)^exponent says.
///
/// By the alias method: one number drawn, one look into a table, whatever the exponent, and exact
/// but for one part in 2^32. A. J. Walker, "An efficient method for generating discrete random
/// variables with general distributions", ACM TOMS 3 (3), 1977; the table as M. D. Vose fills it,
/// "A linear algorithm for generating random numbers with a given distribution", IEEE TSE 17 (9),
/// 1991.
///
/// Any thread, each with dice of its own. Copies share the table.
class aggregate_choice {
 public:
  /// @param zipf the exponent; 0: all as likely
  /// @pre count > 0, zipf >= 0
  explicit aggregate_choice(std::uint32_t count, double zipf = 0);

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

  /// From 0 to count() - 1.
  [[nodiscard]] std::uint32_t pick(dice& random) const noexcept {
    const std::uint64_t drawn = random.next();
    const auto number = static_cast<std::uint32_t>(((drawn >> 32U) * count_) >> 32U);
    if (cells_ == nullptr) return number;
    const cell& at = (*cells_)[number];
    return static_cast<std::uint32_t>(drawn) < at.own ? number : at.other;
  }

 private:
  struct cell {
    /// In parts of 2^32: how often the cell means its own number.
    std::uint32_t own = 0;
    std::uint32_t other = 0;
  };

  std::uint32_t count_;
  std::shared_ptr<const std::vector<cell>> cells_;
};

}  // namespace bench

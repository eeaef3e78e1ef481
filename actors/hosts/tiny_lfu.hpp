#pragma once

#include "hosts/frequency_sketch.hpp"
#include "hosts/level_lists.hpp"
#include "hosts/replacement.hpp"
#include "hosts/window_climber.hpp"

#include <cstddef>

namespace cairn::actors {

/// W-TinyLFU (Einziger, Friedman, Manes: "TinyLFU", 2017; "Adaptive Software Cache Management",
/// 2018). One that is new stands in a window in the order of use. Whoever falls out of the window
/// while there are too many comes in only by having been used more often than the one in levels
/// behind it that would sleep next, as a sketch of all that were used, also of those asleep, tells;
/// the other one of the two sleeps.
class tiny_lfu final : public replacement {
 public:
  tiny_lfu(const replacement_options& options, rest_check rest_of);

  void added(slot& one) override;
  void used(slot& one) noexcept override;
  void removed(slot& one) noexcept override;
  /// Whoever falls out of the window comes in freely.
  void has_room() noexcept override;
  [[nodiscard]] slot* next() override;

  /// Of those awake.
  [[nodiscard]] double window_share() const noexcept { return climber_.share(); }
  [[nodiscard]] std::size_t sketch_bytes() const noexcept { return sketch_.bytes(); }

 private:
  // Another mark than those of levels.
  static constexpr std::uint32_t in_window = level_lists::levels_max;
  static constexpr int moved_per_use = 4;

  void note_use(const slot& one, bool was_awake) noexcept;
  void move_out(std::size_t at_most) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return window_.size() + main_.size(); }
  [[nodiscard]] std::size_t window_max() const noexcept;

  rest_check rest_of_;
  frequency_sketch sketch_;
  window_climber climber_;
  const bool adapts_;
  rank_list window_;
  level_lists main_;
  /// The window has become smaller: how many are to leave it without having to be better.
  std::size_t leaving_ = 0;
};

}  // namespace cairn::actors

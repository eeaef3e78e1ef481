#include "hosts/level_lists.hpp"

#include "cairn/assert.hpp"

#include <algorithm>

namespace cairn::actors {

level_lists::level_lists(std::uint32_t levels, std::uint32_t protected_percent)
    : levels_(levels), protected_percent_(protected_percent) {
  CAIRN_ASSERT(levels >= 2 && levels <= levels_max);
  CAIRN_ASSERT(protected_percent < 100);
}

void level_lists::add(slot& one) noexcept {
  one.rank = 0;
  lists_[0].add(one);
  ++size_;
}

void level_lists::use(slot& one) noexcept {
  const std::uint32_t above = std::min(one.rank + 1, levels_ - 1);
  if (above == one.rank) return lists_[above].touch(one);
  lists_[one.rank].remove(one);
  one.rank = above;
  lists_[above].add(one);
}

void level_lists::remove(slot& one) noexcept {
  lists_[one.rank].remove(one);
  --size_;
}

void level_lists::keep_shares() noexcept {
  const std::size_t share = size_ * protected_percent_ / (std::size_t{100} * (levels_ - 1));
  for (std::uint32_t level = levels_ - 1; level > 0; --level) {
    while (lists_[level].size() > share) {
      slot* const oldest = lists_[level].oldest();
      lists_[level].remove(*oldest);
      oldest->rank = level - 1;
      lists_[level - 1].add(*oldest);
    }
  }
}

/// Where those on the lowest level are on their way, one above sleeps: the limit comes first.
slot* level_lists::next(const replacement::rest_check& rest_of) {
  keep_shares();
  for (std::uint32_t level = 0; level < levels_; ++level) {
    int looks_left = passed_over_max;
    slot* const found =
        oldest_at_rest(lists_[level], rest_of, looks_left, [this](slot& kept) { use(kept); });
    if (found != nullptr) return found;
  }
  return nullptr;
}

}  // namespace cairn::actors

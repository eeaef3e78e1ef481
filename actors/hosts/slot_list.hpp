#pragma once

#include "hosts/slot.hpp"

#include <cstddef>
#include <utility>

namespace cairn::actors {

/// Slots from the newest to the oldest, linked through themselves: each step takes the same time
/// whatever their number, and no memory. Does not own them. `Links` says through which of its links
/// a slot stands in this list; through each it stands in one list at most.
template <slot_links slot::*Links> class slot_list {
 public:
  void add(slot& one) noexcept {
    (one.*Links).newer = nullptr;
    (one.*Links).older = newest_;
    (newest_ != nullptr ? (newest_->*Links).newer : oldest_) = &one;
    newest_ = &one;
  }
  /// @pre it stands in this list
  void remove(slot& one) noexcept {
    const slot_links& at = one.*Links;
    (at.newer != nullptr ? (at.newer->*Links).older : newest_) = at.older;
    (at.older != nullptr ? (at.older->*Links).newer : oldest_) = at.newer;
  }
  /// Makes it the newest. @pre it stands in this list
  void touch(slot& one) noexcept {
    if (&one == newest_) return;
    remove(one);
    add(one);
  }
  /// Takes in all of `others`, which are newer than what is here.
  void append(slot_list&& others) noexcept {
    slot* const oldest = std::exchange(others.oldest_, nullptr);
    slot* const newest = std::exchange(others.newest_, nullptr);
    if (oldest == nullptr) return;
    (oldest->*Links).older = newest_;
    (newest_ != nullptr ? (newest_->*Links).newer : oldest_) = oldest;
    newest_ = newest;
  }
  /// Null when empty.
  [[nodiscard]] slot* oldest() const noexcept { return oldest_; }
  [[nodiscard]] slot* newest() const noexcept { return newest_; }

 private:
  slot* newest_ = nullptr;
  slot* oldest_ = nullptr;
};

/// By the last use.
using use_order = slot_list<&slot::by_use>;

/// As a replacement policy ranks them; counted.
class rank_list {
 public:
  void add(slot& one) noexcept {
    list_.add(one);
    ++size_;
  }
  void remove(slot& one) noexcept {
    list_.remove(one);
    --size_;
  }
  void touch(slot& one) noexcept { list_.touch(one); }
  void append(rank_list&& others) noexcept {
    list_.append(std::move(others.list_));
    size_ += std::exchange(others.size_, 0);
  }
  [[nodiscard]] slot* oldest() const noexcept { return list_.oldest(); }
  [[nodiscard]] slot* newest() const noexcept { return list_.newest(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  slot_list<&slot::by_rank> list_;
  std::size_t size_ = 0;
};

}  // namespace cairn::actors

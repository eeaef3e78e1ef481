#pragma once

#include "cairn/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cairn::detail {

/// Finds values by their hashes; whoever asks says which of several with the same hash he means.
/// What a value stands for lies elsewhere, so that it never moves, and so that whoever has many
/// lookups ahead of him can let the processor fetch them side by side.
///
/// `Value` is small, and `None` is no value. Of a hash the upper 32 bits are used: the lower ones
/// have often been used to choose the owner of the table. Linear probing in a table that is at most
/// half full, and deletion without marks (Knuth, The Art of Computer Programming, vol. 3, 6.4,
/// algorithm R). Not thread-safe.
template <class Value, Value None> class hash_table {
 public:
  /// The value with this hash for which `is_meant(value)` holds; None when there is none.
  template <class IsMeant> [[nodiscard]] Value find(std::uint64_t hash, IsMeant is_meant) const {
    if (buckets_.empty()) return None;
    const std::uint32_t mark = mark_of(hash);
    for (std::size_t at = home_of(mark); buckets_[at].value != None; at = behind(at)) {
      if (buckets_[at].mark == mark && is_meant(buckets_[at].value)) return buckets_[at].value;
    }
    return None;
  }

  /// One with this hash, whichever it is; None when there is none. For whoever fetches ahead what
  /// find() will ask about: that of another one with the same hash is fetched in vain.
  [[nodiscard]] Value likely(std::uint64_t hash) const noexcept {
    return find(hash, [](const Value&) { return true; });
  }

  /// @pre the value is not in the table; fewer than 2^31 are
  void add(std::uint64_t hash, Value value) {
    CAIRN_ASSERT(value != None);
    if (size_ * 2 >= buckets_.size()) widen();
    ++size_;
    put({mark_of(hash), value});
  }

  /// @pre the value is in the table, with this hash
  void erase(std::uint64_t hash, Value value) {
    std::size_t gap = home_of(mark_of(hash));
    while (buckets_[gap].value != value)
      gap = behind(gap);
    for (std::size_t at = behind(gap); buckets_[at].value != None; at = behind(at)) {
      // One that could not be found any more across the gap moves into it.
      if (distance(home_of(buckets_[at].mark), at) < distance(gap, at)) continue;
      buckets_[gap] = buckets_[at];
      gap = at;
    }
    buckets_[gap] = {};
    --size_;
  }

  /// Lets the processor fetch what find() will look at first.
  void prefetch(std::uint64_t hash) const noexcept {
    if (!buckets_.empty()) __builtin_prefetch(&buckets_[home_of(mark_of(hash))]);
  }

  /// Calls `visit(value)` for each, in no order. Must not change the table.
  template <class Visit> void each(Visit visit) const {
    for (const bucket& one : buckets_) {
      if (one.value != None) visit(one.value);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  static constexpr std::size_t buckets_at_first = 64;

  struct bucket {
    std::uint32_t mark = 0;
    Value value = None;
  };

  static std::uint32_t mark_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32U);
  }
  [[nodiscard]] std::size_t home_of(std::uint32_t mark) const noexcept {
    return mark & (buckets_.size() - 1);
  }
  [[nodiscard]] std::size_t behind(std::size_t at) const noexcept {
    return (at + 1) & (buckets_.size() - 1);
  }
  /// How far it is onwards from `from` to `to`.
  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const noexcept {
    return (to - from) & (buckets_.size() - 1);
  }

  void put(bucket one) {
    std::size_t at = home_of(one.mark);
    while (buckets_[at].value != None)
      at = behind(at);
    buckets_[at] = one;
  }

  void widen() {
    std::vector<bucket> wider(std::max(buckets_at_first, buckets_.size() * 2));
    CAIRN_ASSERT(wider.size() - 1 <= UINT32_MAX);
    std::swap(buckets_, wider);
    for (const bucket& one : wider) {
      if (one.value != None) put(one);
    }
  }

  /// A power of two, or none.
  std::vector<bucket> buckets_;
  std::size_t size_ = 0;
};

}  // namespace cairn::detail

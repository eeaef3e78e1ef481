#pragma once

#include "cairn/detail/key_range.hpp"
#include "cairn/walk_options.hpp"

#include <optional>
#include <utility>

namespace cairn::detail {

/// The walks over rows that are in the order of an `OrderKey`: a table's, or those of an index.
///
/// Each calls `visit(const Key&, const Value&)` for each of its rows, in ascending order unless the
/// options say otherwise. A visit that returns bool ends the walk by returning false. The table
/// must not change meanwhile; it may be read.
///
/// `Self` has `template <class Visit> void walk(const key_range&, const walk_options&, Visit&)
/// const`.
template <class Self, class OrderKey, class Key, class Value> class range_reads {
 public:
  /// The rows from `first` on.
  template <class Visit>
  void each_from(const OrderKey& first, Visit&& visit, walk_options how = {}) const {
    self().walk({key_bytes(first), {}}, how, visit);
  }

  /// The rows before `end`.
  template <class Visit>
  void each_before(const OrderKey& end, Visit&& visit, walk_options how = {}) const {
    self().walk({{}, key_bytes(end)}, how, visit);
  }

  /// The rows from `first` on that come before `end`: none when `end` is not greater.
  template <class Visit>
  void each_between(const OrderKey& first,
                    const OrderKey& end,
                    Visit&& visit,
                    walk_options how = {}) const {
    self().walk({key_bytes(first), key_bytes(end)}, how, visit);
  }

  /// The rows whose key begins with `leading`: the first part of a pair or tuple, or a tuple of its
  /// first parts, each compared as a whole. Of a key that is text: with these letters.
  template <class Leading, class Visit>
  void each_prefix(const Leading& leading, Visit&& visit, walk_options how = {}) const {
    key_range range;
    append_prefix<OrderKey>(range.first, leading);
    range.end = end_of_prefix(range.first.view());
    self().walk(range, how, visit);
  }

  /// The row that comes first; nothing when there is none.
  [[nodiscard]] std::optional<std::pair<Key, Value>> first() const { return one({}, {.limit = 1}); }
  /// The row that comes last; nothing when there is none.
  [[nodiscard]] std::optional<std::pair<Key, Value>> last() const {
    return one({}, {.descending = true, .limit = 1});
  }

 protected:
  [[nodiscard]] std::optional<std::pair<Key, Value>> one(const key_range& range,
                                                         const walk_options& how) const {
    std::optional<std::pair<Key, Value>> found;
    const auto keep = [&found](const Key& key, const Value& value) {
      found.emplace(key, value);
    };
    self().walk(range, how, keep);
    return found;
  }

 private:
  friend Self;
  range_reads() = default;

  [[nodiscard]] const Self& self() const { return static_cast<const Self&>(*this); }
};

}  // namespace cairn::detail

#pragma once

#include "cairn/bytes.hpp"
#include "cairn/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace cairn::detail {

/// The tables of one read model as they stand within one transaction: rows of bytes in key order.
///
/// One thread. A failure sticks: after the first one every call does nothing and finds nothing, so
/// that the code of a read model need not look at each step; whoever ends the transaction asks
/// `failure()` first.
class table_store {
 public:
  /// Visits rows in the order of their keys, from one row on: ascending or descending.
  class cursor {
   public:
    cursor() = default;
    cursor(const cursor&) = delete;
    cursor& operator=(const cursor&) = delete;
    virtual ~cursor() = default;

    /// False when there is no further row. The views are valid until the next call or a write.
    [[nodiscard]] virtual bool next(byte_view& key, byte_view& value) = 0;
  };

  table_store() = default;
  table_store(const table_store&) = delete;
  table_store& operator=(const table_store&) = delete;
  virtual ~table_store() = default;

  /// The view is valid until the next write.
  [[nodiscard]] virtual std::optional<byte_view> get(std::size_t table, byte_view key) = 0;
  virtual void put(std::size_t table, byte_view key, byte_view value) = 0;
  virtual void erase(std::size_t table, byte_view key) = 0;
  [[nodiscard]] virtual std::uint64_t count(std::size_t table) = 0;
  /// From the first row whose key is not less than `first` (empty: from the beginning).
  [[nodiscard]] virtual std::unique_ptr<cursor> walk(std::size_t table, byte_view first) = 0;
  /// Descending, from the last row whose key is less than `end` (empty: from the end).
  [[nodiscard]] virtual std::unique_ptr<cursor> walk_back(std::size_t table, byte_view end) = 0;

  /// Makes the store failed, from outside: a value that cannot be read, for instance.
  void fail(error why) {
    if (!failure_) failure_ = std::move(why);
  }
  [[nodiscard]] bool failed() const noexcept { return failure_.has_value(); }
  [[nodiscard]] const std::optional<error>& failure() const noexcept { return failure_; }

 private:
  std::optional<error> failure_;
};

}  // namespace cairn::detail

#pragma once

#include "cairn/bytes.hpp"
#include "cairn/ids.hpp"
#include "cairn/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace cairn::detail {

class sql_session;

/// An event that a read model applies.
struct applied_event {
  cairn::position position;
  /// Index into read_model_type::wanted().
  std::size_t wanted = 0;
};

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

  /// The view is valid until the next get or write.
  [[nodiscard]] virtual std::optional<byte_view> get(std::size_t table, byte_view key) = 0;
  virtual void put(std::size_t table, byte_view key, byte_view value) = 0;
  virtual void erase(std::size_t table, byte_view key) = 0;
  [[nodiscard]] virtual std::uint64_t count(std::size_t table) = 0;
  /// From the first row whose key is not less than `first` (empty: from the beginning).
  [[nodiscard]] virtual std::unique_ptr<cursor> walk(std::size_t table, byte_view first) = 0;
  /// Descending, from the last row whose key is less than `end` (empty: from the end).
  [[nodiscard]] virtual std::unique_ptr<cursor> walk_back(std::size_t table, byte_view end) = 0;

  /// SQL of the read model's own, in the same transaction; null where the storage takes none.
  [[nodiscard]] virtual sql_session* sql() noexcept { return nullptr; }

  /// What is done from here on is done for this event.
  void begin_event(const applied_event& which) noexcept {
    event_ = which;
    ++unsettled_;
  }
  /// A storage may put changes off, and checks of them. Blocks until everything has been tried that
  /// may fail because of an event. When that is not seen of a single event, and there was more than
  /// one since the last call, it has failed for some of them.
  virtual void settle() {}

  /// Makes the store failed, from outside: a value that cannot be read, for instance.
  void fail(error why) { fail_for(event_, std::move(why)); }
  [[nodiscard]] bool failed() const noexcept { return failure_.has_value(); }
  [[nodiscard]] const std::optional<error>& failure() const noexcept { return failure_; }
  /// For which event it has failed, which may be an earlier one than the last; nothing: for none,
  /// or for some.
  [[nodiscard]] const std::optional<applied_event>& failed_event() const noexcept {
    return failed_event_;
  }
  /// An event is to blame, and it is not known which of those that were not settled.
  [[nodiscard]] bool failed_for_some() const noexcept { return failed_for_some_; }

 protected:
  [[nodiscard]] const std::optional<applied_event>& event() const noexcept { return event_; }
  void fail_for(const std::optional<applied_event>& which, error why) {
    if (failure_) return;
    failure_ = std::move(why);
    failed_event_ = which;
  }
  /// For an event that was not settled, whichever it is.
  void fail_for_unsettled(error why) {
    if (failure_) return;
    failed_for_some_ = unsettled_ > 1;
    fail_for(unsettled_ == 1 ? event_ : std::nullopt, std::move(why));
  }
  void events_are_settled() noexcept { unsettled_ = 0; }

 private:
  std::optional<error> failure_;
  std::optional<applied_event> event_;
  std::optional<applied_event> failed_event_;
  bool failed_for_some_ = false;
  /// Events that have begun since the last settle().
  std::uint64_t unsettled_ = 0;
};

}  // namespace cairn::detail

#pragma once

#include "cairn/result.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

// The words that name things. Two integers side by side will be swapped one day, so each has a
// type.

namespace cairn {

/// Wall-clock time, in nanoseconds since 1970-01-01 UTC.
using timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Number of events in a stream. 0: the aggregate does not exist yet; the n-th event has version n.
struct version {
  std::uint64_t value = 0;
  auto operator<=>(const version&) const = default;
};

/// Names one log with one writer. 0 to the configured number of partitions - 1.
struct partition_id {
  std::uint16_t value = 0;
  auto operator<=>(const partition_id&) const = default;
};

/// Where an event stands in the order of all events of its partition.
///
/// Offsets are gapless and in commit order; the first event has offset 1. Offset 0 stands for
/// "before everything". Positions of different partitions have no order among each other.
struct position {
  partition_id partition;
  std::uint64_t offset = 0;
  auto operator<=>(const position&) const = default;
};

namespace detail {

/// A text that names something, of a type of its own for each `Tag`. Empty means "none".
template <class Tag> class text_id {
 public:
  text_id() = default;
  // Implicit on purpose: options read `{.command_id = "req-81"}`.
  // NOLINTNEXTLINE(google-explicit-constructor)
  text_id(std::string text) : text_(std::move(text)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  text_id(std::string_view text) : text_(text) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  text_id(const char* text) : text_(text) {}

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

  auto operator<=>(const text_id&) const = default;

 private:
  std::string text_;
};

}  // namespace detail

/// Chosen by the caller, unique per aggregate: a command with an id takes effect once, whatever is
/// retried. At most 128 bytes.
using command_id = detail::text_id<struct command_id_tag>;
/// Ties together everything that one request set in motion. At most 128 bytes.
using correlation_id = detail::text_id<struct correlation_id_tag>;
/// The message that directly led to this one. At most 128 bytes.
using causation_id = detail::text_id<struct causation_id_tag>;
/// On whose behalf a command was sent. At most 128 bytes.
using principal = detail::text_id<struct principal_tag>;
/// An aggregate's own name within its type. 1 to 256 bytes, any bytes but NUL. What stands between
/// its first `{` and the next `}` places it in a partition: those that share it live together.
using aggregate_id = detail::text_id<struct aggregate_id_tag>;

inline constexpr std::size_t aggregate_id_max_bytes = 256;
inline constexpr std::size_t type_name_max_bytes = 100;
inline constexpr std::size_t message_id_max_bytes = 128;

/// error::code::bad_input when `id` is empty, longer than aggregate_id_max_bytes, or has a NUL
/// byte.
[[nodiscard]] result<void> check_aggregate_id(std::string_view id);

/// error::code::bad_input when `text` is longer than message_id_max_bytes; `what` names it.
[[nodiscard]] result<void> check_message_id(std::string_view what, std::string_view text);

/// What a command demands of the aggregate's version before it is decided.
class expectation {
 public:
  enum class kind : std::uint8_t {
    any,      ///< Any version will do.
    none,     ///< The aggregate has no event yet.
    exists,   ///< The aggregate has at least one event.
    exactly,  ///< The aggregate has exactly this version.
  };

  /// Any version will do.
  constexpr expectation() = default;
  /// Exactly this version; version 0 is the same as none().
  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr expectation(version exactly) : what_(kind::exactly), version_(exactly) {}

  [[nodiscard]] static constexpr expectation any() { return {}; }
  [[nodiscard]] static constexpr expectation none() { return expectation{kind::none}; }
  [[nodiscard]] static constexpr expectation exists() { return expectation{kind::exists}; }

  /// @param removed the aggregate was removed at this version: it counts as having no event, and
  /// its version goes on
  [[nodiscard]] constexpr bool met_by(version actual, bool removed = false) const noexcept {
    const bool empty = removed || actual.value == 0;
    switch (what_) {
      case kind::any: return true;
      case kind::none: return empty;
      case kind::exists: return !empty;
      case kind::exactly: return version_.value == 0 ? empty : actual == version_;
    }
    return false;
  }

  /// "version 7", "no events", "at least one event", "any version": for messages.
  [[nodiscard]] std::string describe() const;

 private:
  constexpr explicit expectation(kind what) : what_(what) {}

  kind what_ = kind::any;
  version version_;
};

/// What an accepted command returns.
struct receipt {
  /// The aggregate's version after the command.
  cairn::version version;
  /// Of the command's last event. For a command without events: of the newest event that was in the
  /// partition before it. A read model that has reached it shows what the command did.
  cairn::position position;
  /// True when a command with this id had been accepted before, and nothing was done now.
  bool repeated = false;

  bool operator==(const receipt&) const = default;
};

}  // namespace cairn

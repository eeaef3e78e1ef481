#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cairn {

/// Why the machinery could not do something. (When the *domain* says no, that is a rejection.)
struct error {
  // These numbers travel between nodes and stand in logs: add new ones, never change or reuse one.
  enum class code : std::uint16_t {
    timed_out = 1,         ///< No answer in time. It may still happen.
    not_owner = 2,         ///< Another node owns the aggregate. Nothing happened.
    unavailable = 3,       ///< Too few nodes, or no database. Nothing happened.
    overloaded = 4,        ///< A limit of work in flight is reached. Nothing happened.
    conflict = 5,          ///< The aggregate is not at the expected version. Nothing happened.
    too_large = 6,         ///< A value exceeds a limit. Nothing happened, and nothing will.
    unknown_name = 7,      ///< A stored or given name has no type here.
    store_full = 8,        ///< The disk or the map is full up to the reserve. Nothing happened.
    corrupt = 9,           ///< Stored bytes fail their check.
    bad_config = 10,       ///< The configuration breaks a rule; the detail says which ones.
    shutting_down = 11,    ///< stop() has been called. Nothing happened.
    user_code_threw = 12,  ///< decide, evolve, apply or query threw. Nothing was stored.
    uncertain = 13,        ///< The commit failed in a way that leaves open whether it is stored.
    expired = 14,          ///< The deadline passed before it was tried. Nothing happened.
    store_locked = 15,     ///< Another process has the store open.
    newer_format = 16,     ///< The store, or an event in it, was written by a newer program.
    storage_failed = 17,   ///< The disk failed; the store takes no writes until it is reopened.
    bad_input = 18,        ///< An argument breaks a rule; the detail says which one.
    not_found = 19,        ///< What was asked for does not exist.
    stale = 20,            ///< The read model did not reach the asked position in time.
    fenced = 21,           ///< Another process has taken the store over. Nothing happened.
    put_aside = 22,        ///< A stored event of this aggregate cannot be applied; see the detail.
    stopped = 23,          ///< The read model has stopped on an error; the detail says which.
    io_failed = 24,        ///< The operating system refused a file operation.
    deleted = 25,          ///< The aggregate has been deleted for good. Nothing happened.
    unhandled = 26,        ///< decide does not take this command in this state. Nothing happened.
    apart = 27,            ///< Not in one partition, hence not in one commit. Nothing happened.
    forbidden = 28,        ///< An interceptor does not let this principal do it. Nothing happened.
  };

  /// Whether the thing that was asked for has happened.
  enum class effect : std::uint8_t {
    none,       ///< Certainly nothing was stored.
    uncertain,  ///< It may be stored: read, or repeat with the same command id.
  };

  code what{};
  std::string detail;
  /// With `conflict`: the version that the aggregate has. Otherwise 0.
  std::uint64_t actual_version = 0;
  /// With `overloaded`: it is of no use to repeat earlier than this. Otherwise 0.
  std::chrono::nanoseconds retry_after{};

  bool operator==(const error&) const = default;
};

/// The enumerator's name, for logs. Never stored. "unnumbered" for a number that has no name here.
[[nodiscard]] std::string_view to_string(error::code what) noexcept;

/// One sentence: what the caller may do about it.
[[nodiscard]] std::string_view advice(error::code what) noexcept;

/// Whether something may have been stored although this error came back.
[[nodiscard]] error::effect effect_of(error::code what) noexcept;

/// "conflict: expected version 7, it is 9. Read the aggregate again and decide anew."
[[nodiscard]] std::string describe(const error& why);

}  // namespace cairn

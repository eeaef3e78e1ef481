#pragma once

#include "cairn/codec.hpp"
#include "cairn/detail/erased_process_manager.hpp"
#include "cairn/process_manager.hpp"
#include "cairn/process_manager_status.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn {

/// Looks at the process manager `M`. Any thread; cheap to copy; must not outlive the runtime.
/// Everything here may answer unknown_name (M was not added), shutting_down, storage_failed.
template <class M> class process_manager_handle {
 public:
  /// Made by runtime::process_manager.
  explicit process_manager_handle(result<detail::process_manager_access*> manager)
      : manager_(std::move(manager)) {}

  /// Blocks for reading a few rows.
  [[nodiscard]] result<process_manager_status> status() const {
    if (!manager_) return manager_.error();
    return (*manager_)->status();
  }

  /// The state of an instance as it is stored; nothing when it has not begun, or is over.
  [[nodiscard]] result<std::optional<typename M::state>> find(std::string_view instance) const {
    if (!manager_) return manager_.error();
    const auto stored = (*manager_)->state_of(instance);
    if (!stored) return stored.error();
    if (!*stored) return std::optional<typename M::state>{};
    auto state = decode<typename M::state>(as_bytes(**stored));
    if (!state) return state.error();
    return std::optional{*std::move(state)};
  }

  /// What was left out (process_manager_options::policy::skip), oldest first.
  /// @param from only those with this number or a higher one
  [[nodiscard]] result<std::vector<failed_step>> failed_steps(std::uint64_t from = 0,
                                                              std::size_t max = 100) const {
    if (!manager_) return manager_.error();
    return (*manager_)->failed_steps(from, max);
  }

  /// Blocks until everything that is durable has been folded, every command has been answered, and
  /// every timer that is due has fired: for tests and tools. Under load that may never be so.
  /// stale: not in time. stopped: on an error, which status() has. Must not be called from a thread
  /// of Cairn.
  [[nodiscard]] result<void> settle(std::chrono::nanoseconds timeout = std::chrono::seconds{
                                        10}) const {
    if (!manager_) return manager_.error();
    return (*manager_)->settle(timeout);
  }

 private:
  result<detail::process_manager_access*> manager_;
};

}  // namespace cairn

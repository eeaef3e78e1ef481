#pragma once

#include "process_managers/manager_steps.hpp"

#include "cairn/actors/process_manager_runner.hpp"
#include "cairn/detail/erased_read_model.hpp"
#include "cairn/log.hpp"
#include "cairn/process_manager_options.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// A process manager takes its events as a read model with tables does, by the same runner.

namespace cairn::actors {

/// What a process manager does about an event, and when it must not take any.
struct feed_rules {
  process_manager_options user = {};
  log_sink log = silent_log();
  /// Why the manager has stopped, if it has. Any thread.
  std::function<std::optional<error>()> halted = [] {
    return std::nullopt;
  };
};

/// The read model that a process manager is for its runner.
class manager_as_model final : public detail::read_model_type {
 public:
  /// @pre `type` outlives it
  manager_as_model(const detail::process_manager_type& type, feed_rules rules);

  [[nodiscard]] std::string_view name() const noexcept override { return type_.name(); }
  [[nodiscard]] std::uint32_t version() const noexcept override { return type_.version(); }
  [[nodiscard]] std::uint32_t state_schema_version() const noexcept override { return 0; }
  [[nodiscard]] std::span<const detail::wanted_event> wanted() const noexcept override {
    return type_.wanted();
  }
  [[nodiscard]] std::vector<std::string> table_names() const override {
    return process_manager_tables();
  }
  [[nodiscard]] bool in_memory() const noexcept override { return false; }
  [[nodiscard]] std::unique_ptr<detail::read_model_fold> make() const override;

 private:
  const detail::process_manager_type& type_;
  const feed_rules rules_;
};

}  // namespace cairn::actors

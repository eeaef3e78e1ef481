#pragma once

#include "interception.hpp"

#include "cairn/actors/executor.hpp"
#include "cairn/actors/host.hpp"
#include "cairn/actors/read_model_runner.hpp"
#include "cairn/actors/recovery.hpp"
#include "cairn/actors/snapshot_writer.hpp"
#include "cairn/detail/admission.hpp"
#include "cairn/detail/runtime_face.hpp"
#include "cairn/persistence/store.hpp"
#include "cairn/runtime.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace cairn {

/// What a builder has gathered.
struct builder::parts {
  struct aggregate_part {
    const void* key;
    std::unique_ptr<detail::aggregate_type> type;
    aggregate_options options;
  };
  struct model_part {
    const void* key;
    std::unique_ptr<detail::read_model_type> type;
  };

  config settings;
  std::vector<aggregate_part> aggregates;
  std::vector<model_part> models;
  interception::list interceptors;
  log_sink log = silent_log();
  std::shared_ptr<const clock> time = std::make_shared<system_clock>();
  /// Empty: the store's own logs.
  persistence::log_source logs;
};

/// All parts of a running runtime, in the order in which they depend on each other.
class runtime::body final : public detail::runtime_face {
 public:
  [[nodiscard]] static result<std::unique_ptr<body>> start(builder::parts&& from);
  ~body() override;

  void send(const void* aggregate_key, detail::command_message* message) noexcept override;
  result<void> send_many(const void* aggregate_key,
                         std::span<detail::command_message* const> messages) override;
  detail::command_message::steady_time steady_now() const noexcept override {
    return parts_.time->steady();
  }
  std::uint32_t ask_many_window() const noexcept override;
  result<detail::erased_state> state(const void* aggregate_key,
                                     std::string_view id,
                                     version up_to,
                                     timestamp until) override;
  result<std::vector<recorded_event>> history(const void* aggregate_key,
                                              std::string_view id,
                                              version after,
                                              version up_to) override;

  [[nodiscard]] result<detail::read_model_access*> read_model(const void* key,
                                                              std::string_view name) const;
  [[nodiscard]] runtime_status status() const;
  [[nodiscard]] result<journal_report> verify() const;
  result<void> stop();

 private:
  /// One aggregate type and its hosts: hosts_per_partition for partition 0, then for 1, ...
  struct aggregate_entry {
    std::unique_ptr<detail::aggregate_type> type;
    std::size_t hosts_per_partition = 1;
    /// Null when there are no interceptors.
    std::unique_ptr<interception> intercepts;
    std::vector<std::unique_ptr<actors::host>> hosts;
  };
  struct model_entry {
    std::unique_ptr<detail::read_model_type> type;
    std::unique_ptr<actors::read_model_runner> runner;
  };

  explicit body(builder::parts&& from);

  [[nodiscard]] result<void> name_everything();
  [[nodiscard]] result<void> open_models();
  void make_hosts();
  [[nodiscard]] result<void> start_all();

  /// Null when the type was not added.
  [[nodiscard]] const aggregate_entry* find(const void* key) const noexcept;
  [[nodiscard]] error not_added(std::string_view what) const;
  /// What must hold before a message is admitted.
  [[nodiscard]] result<void> inspect(const aggregate_entry& entry,
                                     detail::command_message& message) const;
  [[nodiscard]] actors::host& host_of(const aggregate_entry& entry,
                                      detail::command_message& message) const;
  [[nodiscard]] persistence::journal& journal_of(const aggregate_entry& entry,
                                                 std::string_view id) const;
  [[nodiscard]] unsigned workers() const noexcept;

  builder::parts parts_;
  persistence::name_list names_;
  std::unordered_map<const void*, aggregate_entry> aggregates_;
  std::unordered_map<const void*, model_entry> models_;
  mutable detail::admission admission_;
  std::unique_ptr<persistence::store> store_;
  std::vector<persistence::journal*> journals_;
  std::unique_ptr<actors::executor> executor_;
  std::unique_ptr<actors::snapshot_writer> snapshot_writer_;
  std::unique_ptr<actors::recovery_pool> recovery_;
  std::atomic<bool> stopped_{false};
};

}  // namespace cairn

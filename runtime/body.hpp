#pragma once

#include "interception.hpp"
#include "shown_keeper.hpp"
#include "subscription_hub.hpp"

#include "cairn/actors/atomic_commit.hpp"
#include "cairn/actors/executor.hpp"
#include "cairn/actors/host.hpp"
#include "cairn/actors/process_manager_runner.hpp"
#include "cairn/actors/read_model_runner.hpp"
#include "cairn/actors/recovery.hpp"
#include "cairn/actors/snapshot_writer.hpp"
#include "cairn/detail/admission.hpp"
#include "cairn/detail/event_reader.hpp"
#include "cairn/detail/runtime_face.hpp"
#include "cairn/events.hpp"
#include "cairn/metadata.hpp"
#include "cairn/persistence/store.hpp"
#include "cairn/runtime.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
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
    read_model_options options;
  };
  struct outbox_part {
    std::string name;
    std::unique_ptr<event_publisher> into;
    outbox_options options;
  };
  struct manager_part {
    const void* key;
    std::unique_ptr<detail::process_manager_type> type;
    process_manager_options options;
  };

  config settings;
  std::vector<aggregate_part> aggregates;
  std::vector<model_part> models;
  std::vector<outbox_part> outboxes;
  std::vector<manager_part> managers;
  interception::list interceptors;
  log_sink log = silent_log();
  std::shared_ptr<const clock> time = std::make_shared<system_clock>();
  /// Empty: the store's own logs.
  persistence::log_source logs;
  /// Empty: CAF and threads of our own.
  executor_source runs_on;
};

[[nodiscard]] inline metadata_limits metadata_limits_of(const config& settings) noexcept {
  return {settings.metadata_entries_max, settings.metadata_bytes_max};
}

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
  /// Also after stop(), and by those who are answered while it goes on.
  bool run_until(const std::function<bool()>& holds, std::chrono::nanoseconds longest) override {
    if (!parts_.runs_on) return false;
    return executor_ == nullptr || executor_->run_until(holds, longest);
  }
  bool answer_now(std::uint64_t ticket) override { return shown_.answer_now(ticket); }
  std::uint32_t ask_many_window() const noexcept override;
  result<detail::erased_state> state(const void* aggregate_key,
                                     std::string_view id,
                                     version up_to,
                                     timestamp until,
                                     std::chrono::steady_clock::time_point deadline) override;
  void state_later(const void* aggregate_key,
                   std::string id,
                   std::chrono::steady_clock::time_point deadline,
                   std::function<void(result<detail::erased_state>)> done) override;
  result<std::vector<recorded_event>> history(const void* aggregate_key,
                                              std::string_view id,
                                              const history_options& options) override;
  result<versioned_metadata> metadata(const void* aggregate_key, std::string_view id) override;

  [[nodiscard]] result<event_page> events(const event_query& query) const override;
  [[nodiscard]] result<recorded_event> event(position at, std::chrono::nanoseconds timeout) const;

  void change_stream(const void* aggregate_key,
                     const aggregate_id& id,
                     detail::stream_change what,
                     ask_options options,
                     std::function<void(detail::erased_outcome&&)> done) override;

  void ask_atomically(ask_options options,
                      std::vector<atomic_part> parts,
                      std::function<void(atomic_outcome)> callback) override;
  [[nodiscard]] result<detail::read_model_access*> read_model(const void* key,
                                                              std::string_view name) const;
  [[nodiscard]] result<detail::read_model_controls*> controls_of(const void* key,
                                                                 std::string_view name) const;
  [[nodiscard]] result<detail::read_model_controls*> controls_of(std::string_view name) const;
  [[nodiscard]] std::vector<read_model_status> read_models() const;
  // subscribing.cpp
  [[nodiscard]] result<subscription> subscribe(const subscription_options& options,
                                               subscription_callback callback);
  [[nodiscard]] result<cairn::named_subscription> named(const std::string& name,
                                                        const named_subscription_options& options);
  [[nodiscard]] result<detail::process_manager_access*> process_manager(
      const void* key, std::string_view name) const;
  [[nodiscard]] runtime_status status() const;
  [[nodiscard]] result<journal_report> verify(verify_options options) const;
  result<void> stop();

 private:
  /// One aggregate type and its hosts: hosts_per_partition for partition 0, then for 1, ...
  struct aggregate_entry {
    std::unique_ptr<detail::aggregate_type> type;
    std::size_t hosts_per_partition = 1;
    /// Null when there are no interceptors.
    std::unique_ptr<interception> intercepts;
    retention shown;
    std::vector<std::unique_ptr<actors::host>> hosts;
  };
  struct model_entry {
    std::unique_ptr<detail::read_model_type> type;
    std::unique_ptr<actors::read_model_runner> runner;
    read_model_options options;
  };
  struct manager_entry {
    std::unique_ptr<detail::process_manager_type> type;
    std::unique_ptr<actors::process_manager_runner> runner;
  };

  class feed_source;
  class shown_events;

  explicit body(builder::parts&& from);

  [[nodiscard]] result<void> name_everything();
  /// Where the model wants to be stored, in so many parts; only in the store's own directory can it
  /// be built anew beside itself.
  [[nodiscard]] result<std::unique_ptr<actors::read_model_runner>> make_runner(
      const detail::read_model_type& type,
      const read_model_options& options,
      const actors::read_model_runner::options& settings) const;
  [[nodiscard]] result<void> open_models();
  [[nodiscard]] result<void> open_outboxes();
  [[nodiscard]] result<void> open_model(const void* key,
                                        std::unique_ptr<detail::read_model_type> type,
                                        const read_model_options& options,
                                        const actors::read_model_runner::options& settings);
  /// What the configuration and its own options say of a read model.
  [[nodiscard]] actors::read_model_runner::options runner_options(
      const read_model_options& options) const;
  // managing.cpp
  [[nodiscard]] result<void> check_managers() const;
  [[nodiscard]] result<void> open_managers();
  [[nodiscard]] result<void> start_managers();
  void stop_managers();
  void make_hosts();
  /// Makes a part without a thread run as a strand; returns what wakes it. threadless.cpp
  [[nodiscard]] std::function<void()> carry(std::string_view name, std::function<bool()> step);
  void carry_journals();
  void finish_without_threads();
  [[nodiscard]] result<void> start_all();

  /// Null when the type was not added.
  [[nodiscard]] const aggregate_entry* find(const void* key) const noexcept;
  [[nodiscard]] error not_added(std::string_view what) const;
  /// Which read models a sender waits for, by the numbers of shown_; not the one whose code sends.
  /// unknown_name.
  [[nodiscard]] result<std::vector<std::size_t>> awaited(const std::vector<std::string>& names,
                                                         bool all_strong) const;
  /// What must hold before a message is admitted.
  [[nodiscard]] result<void> inspect(const aggregate_entry& entry,
                                     detail::command_message& message);
  /// The host of an admitted message, which from now on gives its credit back by itself.
  [[nodiscard]] actors::host& route(const aggregate_entry& entry, detail::command_message& message);
  [[nodiscard]] actors::host& host_of(const aggregate_entry& entry,
                                      std::size_t partition,
                                      std::uint64_t stream_hash) const;
  [[nodiscard]] std::size_t partition_of(persistence::stream_name stream,
                                         std::uint64_t stream_hash) const noexcept {
    return persistence::partition_of(stream, stream_hash, journals_.size(), store_->placement());
  }
  /// Credit for so many commands, or `overloaded` with a time to come back.
  [[nodiscard]] result<void> admit(std::uint32_t count);
  /// Where an aggregate is to be found.
  struct stream_place {
    actors::host* host;
    std::size_t partition;
    std::uint64_t hash;
  };
  [[nodiscard]] result<stream_place> prepare(atomic_part& part, const ask_options& options);
  /// bad_input, apart: as of ask_options::guard.
  [[nodiscard]] result<persistence::append_guard> guard_in(
      std::size_t partition, detail::command_message::guard_demand&& demand) const;
  /// Looks at what the guard of `into` is about, so that less is left for the writer. An error ends
  /// the command here.
  [[nodiscard]] result<void> look_ahead(persistence::journal& journal,
                                        actors::atomic_commit::options& into) const;
  void send_guarded(const aggregate_entry& entry, detail::command_message* message) noexcept;
  [[nodiscard]] result<version> hidden_up_to(persistence::journal& journal,
                                             persistence::stream_name stream,
                                             const retention& of_type,
                                             persistence::journal::time_point deadline) const;
  [[nodiscard]] error deleted_for_good(const aggregate_entry& entry, std::string_view id) const;
  void hide_behind(const persistence::snapshot_store::item& stored);
  [[nodiscard]] persistence::journal& journal_of(const aggregate_entry& entry,
                                                 std::string_view id) const;
  [[nodiscard]] unsigned workers() const noexcept;
  /// For each partition the offset in front of where a subscription begins.
  [[nodiscard]] result<std::vector<std::uint64_t>> start_of(
      const subscription_options& options) const;
  /// An event with all that is stored beside it.
  [[nodiscard]] recorded_event record(partition_id partition,
                                      const persistence::found_event& found) const;

  builder::parts parts_;
  persistence::name_list names_;
  std::unordered_map<const void*, aggregate_entry> aggregates_;
  std::unordered_map<std::string_view, const aggregate_entry*> entries_by_name_;
  detail::event_reader event_reader_;
  /// Read models call it back.
  shown_keeper shown_;
  std::unordered_map<const void*, model_entry> models_;
  /// As they were added: what is done for each must not depend on addresses.
  std::vector<aggregate_entry*> aggregates_in_order_;
  std::vector<model_entry*> models_in_order_;
  std::unordered_map<const void*, manager_entry> managers_;
  std::vector<manager_entry*> managers_in_order_;
  mutable detail::admission admission_;
  std::unique_ptr<persistence::store> store_;
  std::vector<persistence::journal*> journals_;
  std::unique_ptr<actors::executor> executor_;
  /// Of the parts that would have threads; a deque, since strands know their places in it.
  std::deque<std::unique_ptr<actors::strand>> carriers_;
  std::unique_ptr<actors::snapshot_writer> snapshot_writer_;
  std::unique_ptr<actors::recovery_pool> recovery_;
  std::shared_ptr<detail::subscription_hub> subscriptions_ =
      std::make_shared<detail::subscription_hub>();
  std::atomic<bool> stopped_{false};
};

}  // namespace cairn

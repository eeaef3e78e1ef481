#pragma once

#include "cairn/aggregate_handle.hpp"
#include "cairn/atomic.hpp"
#include "cairn/atomic_awaitable.hpp"
#include "cairn/clock.hpp"
#include "cairn/config.hpp"
#include "cairn/detail/ask_many.hpp"
#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/detail/typed_process_manager.hpp"
#include "cairn/detail/typed_read_model.hpp"
#include "cairn/event_publisher.hpp"
#include "cairn/events.hpp"
#include "cairn/interceptor.hpp"
#include "cairn/log.hpp"
#include "cairn/named_subscription.hpp"
#include "cairn/outbox_options.hpp"
#include "cairn/process_manager_handle.hpp"
#include "cairn/process_manager_options.hpp"
#include "cairn/read_model_control.hpp"
#include "cairn/read_model_options.hpp"
#include "cairn/reader.hpp"
#include "cairn/result.hpp"
#include "cairn/subscription.hpp"
#include "cairn/timers.hpp"
#include "cairn/watch.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::persistence {
class block_log;
}
namespace cairn::actors {
class executor;
}

namespace cairn::detail {
struct builder_access;
}

namespace cairn {

/// Gives the log of each partition; see builder::journal_from.
using journal_source = std::function<result<std::unique_ptr<persistence::block_log>>(partition_id)>;

/// Makes what a runtime runs on; see builder::run_on.
using executor_source = std::function<std::unique_ptr<actors::executor>()>;

/// Figures of a running runtime, for health answers and benchmarks.
struct runtime_status {
  /// "sync" or "relaxed(100 ms)", "memory", or "as its journal" (builder::journal_from): what an
  /// accepted command has survived.
  std::string durability;
  std::uint64_t commands_in_flight = 0;
  /// Since start().
  std::uint64_t commands = 0;
  std::uint64_t commits = 0;
  std::uint64_t events = 0;
  std::uint64_t groups = 0;
  std::uint64_t failed_groups = 0;
  std::uint64_t woken = 0;
  std::uint64_t put_to_sleep = 0;
  std::uint64_t snapshots = 0;
  /// Stored events of unknown names that were passed over, each time that they were; see
  /// unknown_events::skip.
  std::uint64_t skipped_events = 0;
  std::uint64_t awake_aggregates = 0;
  /// Memory of those awake, about; 0 where it is not bounded (config::awake_bytes_max).
  std::uint64_t awake_bytes = 0;
  /// Commands that `decide` answered with cairn::unhandled.
  std::uint64_t unhandled = 0;
  /// Aggregates that cannot take commands at present, as "type/id: why"; at most 100 of them.
  std::vector<std::string> aside = {};
  /// Of the newest durable event, by partition.
  std::vector<std::uint64_t> durable_offsets;
};

/// What `verify` found; see docs/guarantees.md.
struct journal_report {
  std::uint64_t blocks = 0;
  std::uint64_t commits = 0;
  std::uint64_t events = 0;
};

/// How long `verify` may take.
struct verify_options {
  std::chrono::nanoseconds timeout = std::chrono::nanoseconds::max();
};

/// A running node: aggregates that take commands, read models that answer questions. Any thread,
/// but for stop() and the destructor, which must come last. Moving it leaves handles valid.
class runtime {
 public:
  class body;

  explicit runtime(std::unique_ptr<body> inside);
  runtime(runtime&& other) noexcept;
  runtime& operator=(runtime&& other) noexcept;
  /// stop()s first.
  ~runtime();

  /// The address of one aggregate. Does not block; nothing is read.
  template <class A> [[nodiscard]] aggregate_handle<A> aggregate(aggregate_id id) {
    return {face(), std::move(id)};
  }

  /// Sends many commands and blocks until all outcomes are durable: the fast path for ingestion.
  /// Commands of one aggregate are decided in the order given. Outcomes are in the order of the
  /// commands. Must not be called from a thread of Cairn.
  template <class A>
  [[nodiscard]] std::vector<outcome<A>> ask_many(
      std::vector<addressed<A>> wishes,
      std::chrono::nanoseconds timeout = std::chrono::minutes{10}) {
    return detail::ask_many<A>(face(), std::move(wishes), timeout);
  }

  /// Decides the parts in the order given, each on the state that the ones before it lead to, and
  /// stores what they come to as one commit: all of it, or nothing. Blocks until that is durable.
  ///
  /// The first part that is rejected, or whose aggregate is not as expected, ends it: nothing
  /// happens. `options.expected` is not looked at: each part has its own. `options.guard` is about
  /// the whole.
  ///
  /// With a command id the whole takes effect once, as a single command does. A repeat is asked of
  /// the same aggregates, in whatever order, and gets the first outcome. conflict: one of them has
  /// accepted this id in a command to others, or to more or fewer; nothing happens. A rejection is
  /// remembered by the aggregate that rejected alone, and answers whoever comes to it with this id.
  ///
  /// All aggregates must live in one partition (place them together by braces in their ids): apart,
  /// and nothing happens. bad_input: no part, or more than atomic_parts_max. Otherwise the errors
  /// of `ask`. Must not be called from a thread of Cairn.
  template <std::same_as<atomic_part>... Parts>
  atomic_outcome ask_atomically(ask_options options, Parts... parts) {
    return ask_atomically(std::move(options), detail::all_parts(std::move(parts)...));
  }
  atomic_outcome ask_atomically(ask_options options, std::vector<atomic_part> parts);
  /// The same without waiting: `callback` is called once, as that of aggregate_handle::ask.
  void ask_atomically(ask_options options,
                      std::vector<atomic_part> parts,
                      std::function<void(atomic_outcome)> callback);
  /// The same when it is awaited, for coroutines; see atomic_awaitable. Does not block.
  template <std::same_as<atomic_part>... Parts>
  [[nodiscard]] atomic_awaitable co_ask_atomically(ask_options options, Parts... parts) {
    return co_ask_atomically(std::move(options), detail::all_parts(std::move(parts)...));
  }
  [[nodiscard]] atomic_awaitable co_ask_atomically(ask_options options,
                                                   std::vector<atomic_part> parts) {
    return {face(), std::move(options), std::move(parts)};
  }

  /// A read model's answers; see `reader`. They are unknown_name when M was not added.
  template <class M> [[nodiscard]] reader<M> read(read_options options = {}) {
    return reader<M>{read_model(&detail::type_key<M>, M::stable_name), std::move(options)};
  }

  /// What an operator may do with a read model, by type or by name. Does not block.
  template <class M> [[nodiscard]] read_model_control read_model() {
    return read_model_control{controls_of(&detail::type_key<M>, M::stable_name)};
  }
  [[nodiscard]] read_model_control read_model(std::string_view name) const;
  /// How all read models are, in the order in which they were added. Blocks for reading.
  [[nodiscard]] std::vector<read_model_status> read_models() const;
  /// Asks `M` and goes on telling what changes: the answer of `M::query` from one picture, then
  /// exactly the updates that its `apply` emitted for events which that picture does not show; see
  /// `watching`. Of a model without `updates`: whole answers, see `watching_answers`. Blocks as
  /// reader::ask, and has its errors; user_code_threw: also when `M::concerns` threw. overloaded:
  /// while the question was answered, more updates came than the buffer holds.
  template <class M, class Question>
  [[nodiscard]] result<watch_of<M, Question>> watch(Question question, watch_options options = {}) {
    return detail::begin_watch<M>(
        read_model(&detail::type_key<M>, M::stable_name), std::move(question), std::move(options));
  }

  /// A running process manager, to look at and to wait for. Its answers are unknown_name when M was
  /// not added.
  template <class M> [[nodiscard]] process_manager_handle<M> process_manager() {
    return process_manager_handle<M>{process_manager(&detail::type_key<M>, M::stable_name)};
  }

  /// The timers of a scope; see timer_scope. A scope is named like an aggregate, in at most 230
  /// bytes. What was left out is listed by `timers_status`.
  [[nodiscard]] timer_scope timers(aggregate_id scope) {
    return timer_scope{aggregate<schedule>(std::move(scope))};
  }
  /// How the timers of all scopes are doing: `timers_pending`, commands, failed steps. `As` as in
  /// builder::add_timers.
  template <class... As> [[nodiscard]] auto timers_status() {
    return process_manager<detail::alarm_manager<As...>>();
  }

  /// A page of the recorded events of all partitions, with everything that was durable at the call:
  ///
  ///     auto page = app.events({.category = "bank.account", .tag = "urgent"});
  ///     auto more = app.events({.category = "bank.account", .tag = "urgent", .from = page->next});
  ///
  /// Following `next` until `at_end` shows each event exactly once. What is recorded meanwhile
  /// comes on a later page, in the order of its own partition; where clocks of partitions differ,
  /// its time may lie before that of what has been shown. Blocks for reading. bad_input: a limit or
  /// a term breaks its rule, a position that there is not, a cursor of another number of
  /// partitions. timed_out: not everything durable can be found yet. corrupt. shutting_down.
  [[nodiscard]] result<event_page> events(const event_query& query) const;
  /// The event at a position, such as a receipt names. Blocks for reading. not_found: there is
  /// none, or it is hidden (truncated, removed, too old). bad_input: there is no such partition.
  /// timed_out: not everything durable can be found yet. corrupt. shutting_down.
  [[nodiscard]] result<recorded_event> event(
      position at, std::chrono::nanoseconds timeout = std::chrono::seconds{5}) const;

  /// Follows the recorded events from a place on: see `subscription`. Does not read yet.
  /// bad_input: as of events(), or an option breaks its rule. corrupt. shutting_down.
  [[nodiscard]] result<subscription> subscribe(const subscription_options& options) const;
  /// The same with a callback, which gets the items one after the other on a thread of its own. It
  /// may block: then the next one waits. The last one is `ended`, unless the caller has ended it.
  /// An error that it returns, or an exception (user_code_threw), ends the subscription.
  [[nodiscard]] result<subscription> subscribe(const subscription_options& options,
                                               subscription_callback callback) const;

  /// The durable subscription of this name, which begins to read when it is first asked for; later
  /// calls give the same one, whatever their options. Blocks for reading and, when it is new, for
  /// about one disk sync. bad_input: an option or the name (1 to 100 bytes, no NUL, no '/') breaks
  /// its rule. shutting_down. Otherwise what cannot be read or stored.
  [[nodiscard]] result<cairn::named_subscription> named_subscription(
      const std::string& name, const named_subscription_options& options = {}) const;

  [[nodiscard]] runtime_status status() const;

  /// Reads every byte of the journal: checksums, hash chain, gapless offsets and block numbers.
  /// Blocks for reading; commands go on. corrupt: the detail names the first block that is wrong.
  /// timed_out. shutting_down, also when stop() is called meanwhile.
  [[nodiscard]] result<journal_report> verify(verify_options options = {}) const;

  /// Refuses new commands, finishes those in flight, makes everything durable, joins all threads.
  /// Waits for those who read states and histories, however long they take.
  /// timed_out: commands were still in flight after the configured stop_timeout; they are answered
  /// with an error, and nothing that was accepted is lost. A second call does nothing.
  /// Must not be called from a thread of Cairn.
  result<void> stop();

 private:
  [[nodiscard]] detail::runtime_face& face() const noexcept;
  [[nodiscard]] result<detail::read_model_access*> read_model(const void* key,
                                                              std::string_view name) const;
  [[nodiscard]] result<detail::read_model_controls*> controls_of(const void* key,
                                                                 std::string_view name) const;
  [[nodiscard]] result<detail::process_manager_access*> process_manager(
      const void* key, std::string_view name) const;

  std::unique_ptr<body> body_;
};

/// Settings of one aggregate type.
struct aggregate_options {
  /// Events between two snapshots of one aggregate; 0: none. Default: as in the configuration.
  /// Needs a state with `serialize`.
  std::optional<std::uint32_t> snapshot_every = {};
  /// Snapshots are kept that are not older than so many times `snapshot_every` events: with 1 the
  /// newest one alone, with 2 the newest two, and with `hide_events` one more, up to which events
  /// are hidden. Those that `snapshot_when` asked for go when they are older than these.
  std::uint32_t snapshots_kept = 2;
  /// Events up to the oldest snapshot that is kept are hidden from readers once the newest is
  /// stored.
  bool hide_events = false;
  /// Which events are shown to readers, unless an aggregate has its own rule (set_retention).
  /// Nothing: all of them; of a value aggregate, the newest one. `show_all` shows all in any case.
  retention shown = {};
  /// For how long and how many command ids of each aggregate are remembered, at least. Nothing: for
  /// ever. A command that is repeated later than that takes effect again.
  retention command_ids = {};
  /// Commands that an aggregate may set aside (cairn::stash); at least 1.
  std::uint32_t stash_max = 500;
  /// Hosts of its own for each partition; more of them for a `decide` that is slow. 0: as in the
  /// configuration.
  std::uint32_t hosts = 0;
  /// How new events are stored. Stored ones are read in whatever form they have.
  event_codec codec = event_codec::binary;
  /// What becomes of stored events whose names the type does not have. `raw` needs `static void
  /// evolve(state&, const cairn::raw_event&)`; a value aggregate takes none. But for `fail`, an
  /// aggregate with such events has no snapshots. Read models are given none of these in any case.
  cairn::unknown_events unknown_events = cairn::unknown_events::fail;
};

/// Puts a runtime together. One thread.
class builder {
 public:
  explicit builder(config settings);
  builder(builder&&) noexcept;
  builder& operator=(builder&&) noexcept;
  ~builder();

  /// Adds an aggregate type. Every type with events in the store should be added.
  template <class A> builder& add(aggregate_options options = {}) & {
    add_aggregate(
        &detail::type_key<A>,
        std::make_unique<detail::typed_aggregate<A>>(options.codec, options.unknown_events),
        options);
    return *this;
  }
  template <class A> builder&& add(aggregate_options options = {}) && {
    return std::move(add<A>(options));
  }

  /// Adds a read model; it catches up with the journal by itself.
  template <class M> builder& add_read_model(read_model_options options = {}) & {
    add_model(&detail::type_key<M>, std::make_unique<detail::typed_read_model<M>>(), options);
    return *this;
  }
  template <class M> builder&& add_read_model(read_model_options options = {}) && {
    return std::move(add_read_model<M>(options));
  }

  /// Hands the recorded events on, each at least once, those of an aggregate in order: see
  /// event_publisher. The outbox is a read model of this name as far as operators see it:
  /// runtime::read_model(name), read_models(). Its name has the rules of a stable_name.
  /// @pre `into` is not null
  builder& add_outbox(std::string name,
                      std::unique_ptr<event_publisher> into,
                      outbox_options options = {}) &;
  builder&& add_outbox(std::string name,
                       std::unique_ptr<event_publisher> into,
                       outbox_options options = {}) &&;

  /// Adds a process manager (cairn/process_manager.hpp); it catches up with the journal by itself.
  /// The aggregate types that it sends commands to must be added, too.
  template <class M> builder& add_process_manager(process_manager_options options = {}) & {
    add_manager(
        &detail::type_key<M>, std::make_unique<detail::typed_process_manager<M>>(), options);
    return *this;
  }
  template <class M> builder&& add_process_manager(process_manager_options options = {}) && {
    return std::move(add_process_manager<M>(options));
  }

  /// Makes runtime::timers() work, for commands to the aggregate types `As`, which must be added,
  /// too. Once. A command that is rejected or fails for good is left out and listed.
  template <class... As> builder& add_timers() & {
    using policy = process_manager_options::policy;
    return add<schedule>().template add_process_manager<detail::alarm_manager<As...>>(
        {.on_error = policy::skip, .on_rejection = policy::skip, .on_failure = policy::skip});
  }
  template <class... As> builder&& add_timers() && { return std::move(add_timers<As...>()); }

  /// Adds an interceptor; they see each command in the order in which they were added.
  builder& intercept(std::shared_ptr<interceptor> with) &;
  builder&& intercept(std::shared_ptr<interceptor> with) &&;

  /// Where lines for people go. Default: nowhere.
  builder& log(log_sink sink) &;
  builder&& log(log_sink sink) &&;

  /// Where time comes from. Default: the machine's clock.
  builder& time_from(std::shared_ptr<const clock> source) &;
  builder&& time_from(std::shared_ptr<const clock> source) &&;

  /// Keeps the journal in logs from elsewhere (cairn/persistence/block_log.hpp): another engine, or
  /// a test's probe. What an accepted command survives is then what they promise. start() asks for
  /// each partition once and returns what `logs` fails with. What is derived (index, snapshots,
  /// views) is built anew in memory at each start, so the settings must say in_memory; otherwise
  /// start() answers bad_config. The logs are dropped when the runtime stops.
  /// @pre `logs` gives no null
  builder& journal_from(journal_source logs) &;
  builder&& journal_from(journal_source logs) &&;

  /// Runs everything on an executor from elsewhere (cairn/actors/executor.hpp) that has no threads:
  /// the runtime then has none either, and whatever it does is a strand's run, one at a time, in
  /// the order that the executor chooses. For simulations: see testing/README.md. A blocking call
  /// runs the executor until it is answered; start() asks for it once.
  /// @pre whoever uses the runtime does so in the thread that runs the executor
  builder& run_on(executor_source source) &;
  builder&& run_on(executor_source source) &&;

  /// Opens the store and starts everything. The builder is empty afterwards.
  /// bad_config (also: two types share a name; a type is to take raw events and cannot; the options
  /// of a read model or an outbox break a rule),
  /// store_locked, newer_format, corrupt, io_failed.
  [[nodiscard]] result<runtime> start() &&;
  [[nodiscard]] result<runtime> start() & { return std::move(*this).start(); }

  struct parts;

 private:
  friend detail::builder_access;

  void add_aggregate(const void* key,
                     std::unique_ptr<detail::aggregate_type> type,
                     aggregate_options options);
  void add_model(const void* key,
                 std::unique_ptr<detail::read_model_type> type,
                 read_model_options options);
  void add_manager(const void* key,
                   std::unique_ptr<detail::process_manager_type> type,
                   process_manager_options options);

  std::unique_ptr<parts> parts_;
};

}  // namespace cairn

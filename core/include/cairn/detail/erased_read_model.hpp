#pragma once

#include "cairn/applying.hpp"
#include "cairn/bytes.hpp"
#include "cairn/ids.hpp"
#include "cairn/raw_event.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What the carriers of read models know of a user's read model: enough to feed it.

namespace cairn::detail {

class event_reader;
class table_store;

/// What a read model wants: events that are stored under this name. What they mean today is for the
/// model to find out.
struct wanted_event {
  std::string_view aggregate_type;
  std::string_view event_type;
};

/// What somebody outside did not take of what was applied.
struct handover_failure {
  position at;
  std::string event_type;
  error why;
  /// It is refused for good. Otherwise the receiver is away, or has trouble of its own.
  bool is_of_event = false;
};

/// The state of a running read model, in whatever way it is kept.
///
/// `apply`, `restore`: one thread. `save`, `look`, `interrupt`: any thread, also meanwhile.
class read_model_fold {
 public:
  read_model_fold() = default;
  read_model_fold(const read_model_fold&) = delete;
  read_model_fold& operator=(const read_model_fold&) = delete;
  virtual ~read_model_fold() = default;

  /// Ties a model with tables to the transaction that the next `apply` calls belong to; null ends
  /// that. A model in memory keeps its queries out from here to `end_batch`.
  virtual void begin_batch(table_store* store) = 0;
  virtual void end_batch() = 0;

  /// Applies what a stored event means today: usually itself, possibly several events or none.
  /// newer_format, corrupt: the event cannot be read. user_code_threw: upcast or apply threw.
  /// @param wanted index into read_model_type::wanted()
  /// @param meta its event_type is set to the name of what is applied
  virtual result<void> apply(std::size_t wanted, event_metadata& meta, const raw_event& event) = 0;

  /// What `apply` leaves beside the model, for whoever ends the batch; null: it takes no
  /// `applying`.
  [[nodiscard]] virtual apply_effects* effects() noexcept { return nullptr; }

  /// Of a model in tables whose events go to somebody outside: blocks until all that was applied in
  /// this batch is there, before the batch is stored. Otherwise the first one that is not; the
  /// batch is then undone, and what it has applied comes again.
  [[nodiscard]] virtual std::optional<handover_failure> hand_over() { return std::nullopt; }
  /// From now on events may come again that are there already: the model begins anew, or is set to
  /// another place.
  virtual void begin_anew() noexcept {}
  /// Makes a hand_over() that is on, or is still to come, return soon.
  virtual void interrupt() noexcept {}

  /// In memory only: the whole state as bytes, and back. `restore`, `clear`: also within a batch.
  /// After a failed `restore`: clear().
  /// user_code_threw: the state's `serialize` threw.
  [[nodiscard]] virtual result<void> save(byte_buffer& out) const = 0;
  [[nodiscard]] virtual result<void> restore(byte_view saved) = 0;
  /// In memory only: back to the state before the first event.
  virtual void clear() = 0;

  /// Calls `look` with the state while nothing changes it: a `const M::state*`, or for tables the
  /// address of a `const M::tables` tied to `store`.
  virtual void look(table_store* store, const std::function<void(const void*)>& look) const = 0;
};

/// One read model of the user's program. Immutable once it is made; any thread.
class read_model_type {
 public:
  read_model_type() = default;
  read_model_type(const read_model_type&) = delete;
  read_model_type& operator=(const read_model_type&) = delete;
  virtual ~read_model_type() = default;

  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual std::uint32_t version() const noexcept = 0;
  /// The schema version of a state in memory; snapshots of another one are not used.
  [[nodiscard]] virtual std::uint32_t state_schema_version() const noexcept = 0;
  [[nodiscard]] virtual std::span<const wanted_event> wanted() const noexcept = 0;
  /// Every event is wanted, and the index of each is 0; wanted() is empty.
  [[nodiscard]] virtual bool takes_every_event() const noexcept { return false; }
  /// Who reads the events of a model that takes every one. Before make(). @pre `reader` outlives it
  virtual void read_by(const event_reader& /*reader*/) {}
  /// Whether `wants` may say no to an event of wanted().
  [[nodiscard]] virtual bool filters() const noexcept { return false; }
  /// Whether the event belongs to the model, before its payload is looked at; `meta` has the name
  /// and the schema version that it is stored with. user_code_threw.
  [[nodiscard]] virtual result<bool> wants(const event_metadata& /*meta*/) const { return true; }
  /// The model's own, of which one in memory has none, and behind them the hidden ones; see
  /// hidden_tables.hpp.
  [[nodiscard]] virtual std::vector<std::string> table_names() const = 0;
  [[nodiscard]] virtual bool in_memory() const noexcept = 0;
  /// Whether it runs SQL of its own, so that its storage must take it.
  [[nodiscard]] virtual bool uses_sql() const { return false; }
  /// Makes what that SQL relies on, in the transaction of `store`. The failure of the store; or
  /// user_code_threw: `create` threw.
  [[nodiscard]] virtual result<void> create_schema(table_store& /*store*/) const { return {}; }
  [[nodiscard]] virtual std::unique_ptr<read_model_fold> make() const = 0;
  /// Whether it may be built anew beside itself: not when what it does is done outside.
  [[nodiscard]] virtual bool may_be_copied() const noexcept { return true; }
  /// Whether it says how questions are answered that are put to parts of it.
  [[nodiscard]] virtual bool can_be_split() const noexcept { return false; }
  /// The version before this one, which answers until this one has caught up; null: none.
  [[nodiscard]] virtual const read_model_type* former() const noexcept { return nullptr; }

  /// Writes into `out` which events must keep their order when one of them cannot be applied: those
  /// of the same key. The aggregate's, where the model does not say, or the event cannot be read.
  /// user_code_threw: the model's sequence_key threw.
  /// @param wanted index into wanted() @param meta its event_type may be changed
  [[nodiscard]] virtual result<void> sequence_key(std::size_t /*wanted*/,
                                                  event_metadata& meta,
                                                  const raw_event& /*event*/,
                                                  std::string& out) const {
    aggregate_key(meta, out);
    return {};
  }

  static void aggregate_key(const event_metadata& meta, std::string& out) {
    out.assign(meta.aggregate_type).append("/").append(meta.aggregate_id);
  }
};

}  // namespace cairn::detail

#pragma once

#include "cairn/bytes.hpp"
#include "cairn/context.hpp"
#include "cairn/decision.hpp"
#include "cairn/ids.hpp"
#include "cairn/raw_event.hpp"
#include "cairn/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

// What hosts know of a user's aggregate: enough to run it, nothing of its types. The templates that
// fill these interfaces in are in the runtime's headers; everything that uses them is compiled
// once.

namespace cairn::detail {

/// A command on its way; the runtime's headers derive the typed one.
struct erased_command {
  erased_command() = default;
  erased_command(const erased_command&) = delete;
  erased_command& operator=(const erased_command&) = delete;
  virtual ~erased_command() = default;
};

/// Takes the encoded events of one commit.
class event_sink {
 public:
  event_sink() = default;
  event_sink(const event_sink&) = delete;
  event_sink& operator=(const event_sink&) = delete;
  virtual ~event_sink() = default;

  /// Starts an event; its payload is to be appended to the buffer that is returned.
  /// @param event_type index into aggregate_type::event_names()
  virtual byte_buffer& begin_event(std::size_t event_type,
                                   std::uint32_t schema_version,
                                   event_codec codec) = 0;
  virtual void end_event() = 0;

  /// Gives the events of the commit tags of their own: called for each of them, in order, after all
  /// of them have ended; or for none.
  virtual void tag_event(std::span<const std::string> tags) = 0;
};

/// What an aggregate answered to a command.
struct decided {
  enum class kind : std::uint8_t { accepted, rejected, unhandled, stashed };
  kind what = kind::accepted;
  /// The enum's number, when rejected.
  std::int64_t rejection = 0;
  /// When accepted: the command's type names a reply.
  bool replies = false;
  /// Null: nothing beside the events.
  std::shared_ptr<effects> beside;
};

/// Thrown when an event that was decided cannot be stored.
struct not_written {
  /// user_code_threw: `to_stored` or `serialize` did. too_large: its objects nest too deep.
  error why;
};

/// The private state of one awake aggregate. One thread at a time.
class aggregate_instance {
 public:
  aggregate_instance() = default;
  aggregate_instance(const aggregate_instance&) = delete;
  aggregate_instance& operator=(const aggregate_instance&) = delete;
  virtual ~aggregate_instance() = default;

  /// Decides on the present state. When accepted, the events are in `out`, and the state changes
  /// with the next evolve_decided(). Throws what user code throws, not_written for what cannot be
  /// stored; nothing has changed then.
  virtual decided decide(const erased_command& wish, const context& around, event_sink& out) = 0;

  /// Evolves the state by the events that were decided last. When it throws, the state is lost.
  /// True when the aggregate wants a snapshot (`snapshot_when`) after one of them.
  /// user_code_threw: that threw, and the state is as it would be without.
  /// @param base the version before them
  /// @param tags gets the tags of each event, when aggregate_type::tags_events()
  virtual result<bool> evolve_decided(version base, event_sink& tags) = 0;

  /// Makes the reply to a command whose events are in the state, and gives it to the command if its
  /// sender wants it. Throws what user code throws. @pre decided::replies
  /// @param stored what a repeat is to be given is appended to it; null: it is not stored
  virtual void reply(erased_command& wish, byte_buffer* stored) const = 0;

  /// A copy to go back to; null when the state cannot be copied.
  [[nodiscard]] virtual std::unique_ptr<aggregate_instance> clone() const = 0;

  /// Memory that it holds, about, in bytes; costs up to an encoding of the state.
  [[nodiscard]] virtual std::size_t bytes() const = 0;

  /// Evolves the state by a stored event, or by what that means today.
  /// unknown_name, newer_format, corrupt: it cannot be read. user_code_threw: upcast or evolve
  /// threw.
  virtual result<void> replay(const raw_event& event) = 0;

  /// False when an event of an unknown name was passed over or taken raw. No snapshot may be taken
  /// then: a later program that knows the event would never read it.
  [[nodiscard]] virtual bool knows_all_events() const noexcept = 0;

  /// False while no replayed event has had a meaning: all were dropped or of unknown names.
  [[nodiscard]] virtual bool has_evolved() const noexcept = 0;

  /// Appends the state as bytes. @pre aggregate_type::has_snapshots()
  virtual void save(byte_buffer& out) const = 0;
  virtual result<void> restore(byte_view saved) = 0;
};

/// One aggregate type of the user's program. Immutable; any thread.
class aggregate_type {
 public:
  aggregate_type() = default;
  aggregate_type(const aggregate_type&) = delete;
  aggregate_type& operator=(const aggregate_type&) = delete;
  virtual ~aggregate_type() = default;

  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual std::span<const std::string_view> event_names() const noexcept = 0;
  [[nodiscard]] virtual bool has_snapshots() const noexcept = 0;
  /// Whether the aggregate has `snapshot_when`.
  [[nodiscard]] virtual bool asks_for_snapshots() const noexcept = 0;
  /// Whether the aggregate has `tags_of`.
  [[nodiscard]] virtual bool tags_events() const noexcept = 0;
  /// Each event replaces the whole state, so the newest one that has a meaning gives it.
  [[nodiscard]] virtual bool keeps_value() const noexcept = 0;
  /// Of the state's `serialize`; snapshots of another version are not used.
  [[nodiscard]] virtual std::uint32_t state_schema_version() const noexcept = 0;
  /// An aggregate at version 0.
  [[nodiscard]] virtual std::unique_ptr<aggregate_instance> make() const = 0;
  /// The fields of a stored event as JSON: its own, also when it is retired. unknown_name when it
  /// is stored as bytes and the program has no such event; newer_format, corrupt.
  [[nodiscard]] virtual result<std::string> event_json(const raw_event& event) const = 0;
  /// Whether the aggregate has an `evolve` for raw_event.
  [[nodiscard]] virtual bool takes_raw_events() const noexcept = 0;
  /// How often a replay has passed over an event of an unknown name, so far.
  [[nodiscard]] virtual std::uint64_t skipped_events() const noexcept = 0;
};

}  // namespace cairn::detail

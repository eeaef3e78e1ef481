#pragma once

#include "cairn/bytes.hpp"
#include "cairn/detail/command_message.hpp"
#include "cairn/detail/erased_read_model.hpp"
#include "cairn/ids.hpp"
#include "cairn/process_manager_status.hpp"
#include "cairn/raw_event.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What the carriers of process managers know of a user's manager: enough to run it.

namespace cairn::detail {

/// What one step of an instance has led to.
struct reaction_list {
  struct command {
    std::size_t target = 0;  ///< Index into process_manager_type::targets().
    std::string aggregate_id = {};
    std::string bytes = {};  ///< An encoded A::command.
    std::string principal = {};
  };
  struct timer {
    std::string name = {};
    std::optional<timestamp> due = {};  ///< Nothing: cancel it.
    std::chrono::nanoseconds period{0};
  };
  std::vector<command> commands = {};
  std::vector<timer> timers = {};
  bool ended = false;
  bool drops_pending = false;
  /// The command that was answered is to be sent once more, after so long.
  std::optional<std::chrono::nanoseconds> retry_after = {};
};

/// To which instances an event goes, and what they must be.
enum class route_kind : std::uint8_t {
  starts,
  starts_new,
  continues,
  continues_known,
  ends,
};

/// Runs user code on one instance. Nothing has happened when it returns an error: corrupt, the
/// stored state cannot be read; user_code_threw.
/// @param state nothing: the instance is new. @param after gets the state afterwards
using instance_call = std::function<result<void>(
    std::optional<byte_view> state, byte_buffer& after, reaction_list& then)>;

/// Takes a call for one instance. What it returns ends the handling of the event, if it is an
/// error.
using take_call = std::function<result<void>(
    std::string_view instance, route_kind how, const instance_call& call)>;

/// A command's answer that is no acceptance, for the handlers of the manager.
struct refused_command {
  std::size_t target = 0;
  std::string_view aggregate_id;
  byte_view bytes;
  const erased_outcome& outcome;
  /// How often it has been sent, this time included, as far as `retry` asked for it.
  unsigned attempts = 1;
};

/// One process manager of the user's program. Immutable; any thread.
class process_manager_type {
 public:
  process_manager_type() = default;
  process_manager_type(const process_manager_type&) = delete;
  process_manager_type& operator=(const process_manager_type&) = delete;
  virtual ~process_manager_type() = default;

  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  [[nodiscard]] virtual std::uint32_t version() const noexcept = 0;
  [[nodiscard]] virtual std::span<const wanted_event> wanted() const noexcept = 0;
  /// The stable names of the aggregate types that it sends commands to.
  [[nodiscard]] virtual std::span<const std::string_view> targets() const noexcept = 0;
  /// As the runtime tells types apart.
  [[nodiscard]] virtual const void* target_key(std::size_t target) const noexcept = 0;

  /// Reads a stored event and calls `take` for each instance that it is for.
  /// @param meta its event_type is set to the name of what the event means today
  [[nodiscard]] virtual result<void> handle(std::size_t wanted,
                                            event_metadata& meta,
                                            const raw_event& event,
                                            const take_call& take) const = 0;
  [[nodiscard]] virtual result<void> on_timer(std::string_view instance,
                                              std::string_view timer,
                                              timestamp due,
                                              byte_view state,
                                              byte_buffer& after,
                                              reaction_list& then) const = 0;
  /// Whether the manager has an `on_rejected` or `on_failed` for the target.
  [[nodiscard]] virtual bool hears(std::size_t target,
                                   erased_outcome::kind what) const noexcept = 0;
  /// @pre hears(): calls that.
  [[nodiscard]] virtual result<void> on_refused(std::string_view instance,
                                                const refused_command& what,
                                                timestamp now,
                                                byte_view state,
                                                byte_buffer& after,
                                                reaction_list& then) const = 0;

  /// A message with the command, not yet addressed, that calls `done` once.
  /// corrupt, unknown_name: the bytes are no command of the target.
  [[nodiscard]] virtual result<std::unique_ptr<command_message>> make_message(
      std::size_t target, byte_view bytes, std::function<void(erased_outcome&&)> done) const = 0;
};

/// A running process manager as its users see it. Any thread.
class process_manager_access {
 public:
  process_manager_access() = default;
  process_manager_access(const process_manager_access&) = delete;
  process_manager_access& operator=(const process_manager_access&) = delete;
  virtual ~process_manager_access() = default;

  [[nodiscard]] virtual result<process_manager_status> status() const = 0;
  /// The stored state of an instance; nothing when there is none.
  [[nodiscard]] virtual result<std::optional<std::string>> state_of(
      std::string_view instance) const = 0;
  /// Oldest first. @param from only those with this number or a higher one
  [[nodiscard]] virtual result<std::vector<failed_step>> failed_steps(std::uint64_t from,
                                                                      std::size_t max) const = 0;
  /// See process_manager_handle::settle.
  [[nodiscard]] virtual result<void> settle(std::chrono::nanoseconds timeout) = 0;
};

}  // namespace cairn::detail

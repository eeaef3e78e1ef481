#pragma once

#include "cairn/ask.hpp"
#include "cairn/detail/command_message.hpp"
#include "cairn/detail/erased_aggregate.hpp"
#include "cairn/events.hpp"
#include "cairn/ids.hpp"
#include "cairn/metadata.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"
#include "cairn/retention.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {
struct atomic_part;
class atomic_outcome;
}  // namespace cairn

namespace cairn::detail {

/// Tells C++ types apart without their names: each has an address of its own.
template <class T> inline constexpr char type_key = 0;

/// An aggregate's state as the journal has it, without its type.
struct erased_state {
  std::unique_ptr<aggregate_instance> instance;
  cairn::version version;
  timestamp time;
  bool removed = false;
};

/// What is to change beside a stream's events.
struct stream_change {
  enum class kind : std::uint8_t { truncate, retain, remove, tombstone, describe };
  kind what = kind::truncate;
  /// truncate: the first version that is to be shown.
  version first_shown;
  /// retain.
  retention shown;
  /// describe: what is said of the stream from now on, and what version that is to replace.
  stream_metadata metadata = {};
  expectation expected_metadata = {};
};

/// What the templates of the runtime's headers need of a running runtime. Any thread.
class runtime_face {
 public:
  runtime_face() = default;
  runtime_face(const runtime_face&) = delete;
  runtime_face& operator=(const runtime_face&) = delete;
  virtual ~runtime_face() = default;

  /// Takes the message over; it is answered in any case, possibly before this returns. Does not
  /// block.
  virtual void send(const void* aggregate_key, command_message* message) noexcept = 0;

  /// The same for many, in their order. When there is not enough credit for all, none is taken over
  /// and the error is returned: overloaded, shutting_down.
  [[nodiscard]] virtual result<void> send_many(const void* aggregate_key,
                                               std::span<command_message* const> messages) = 0;

  /// See runtime::ask_atomically. `callback` is called once, possibly before this returns. Does not
  /// block.
  virtual void ask_atomically(ask_options options,
                              std::vector<atomic_part> parts,
                              std::function<void(atomic_outcome)> callback) = 0;

  /// Goes the way of a command; `done` is called once, possibly before this returns. Does not
  /// block.
  virtual void change_stream(const void* aggregate_key,
                             const aggregate_id& id,
                             stream_change what,
                             ask_options options,
                             std::function<void(erased_outcome&&)> done) = 0;
  /// For a blocking sender whose time is up: answers its command now, if that was accepted and is
  /// only kept back until read models show it. False: it was not. True: the answer has come.
  [[nodiscard]] virtual bool answer_now(std::uint64_t ticket) = 0;
  /// For whoever would block until `holds`: see actors::executor::run_until.
  virtual bool run_until(const std::function<bool()>& holds, std::chrono::nanoseconds longest) = 0;

  /// By the runtime's clock.
  [[nodiscard]] virtual command_message::steady_time steady_now() const noexcept = 0;

  /// How many commands of one caller of ask_many are on their way at most.
  [[nodiscard]] virtual std::uint32_t ask_many_window() const noexcept = 0;

  /// Reads the state at version `up_to` or time `until`, whichever comes first. Blocks for reading.
  /// timed_out: not in time.
  [[nodiscard]] virtual result<erased_state> state(
      const void* aggregate_key,
      std::string_view id,
      version up_to,
      timestamp until,
      std::chrono::steady_clock::time_point deadline) = 0;

  /// Reads the newest state elsewhere. `done` is called once, by a thread that may read, or before
  /// this returns when it fails at once. Does not block.
  virtual void state_later(const void* aggregate_key,
                           std::string id,
                           std::chrono::steady_clock::time_point deadline,
                           std::function<void(result<erased_state>)> done) = 0;

  [[nodiscard]] virtual result<std::vector<recorded_event>> history(
      const void* aggregate_key, std::string_view id, const history_options& options) = 0;

  [[nodiscard]] virtual result<versioned_metadata> metadata(const void* aggregate_key,
                                                            std::string_view id) = 0;
  /// As runtime::events.
  [[nodiscard]] virtual result<event_page> events(const event_query& query) const = 0;
};

}  // namespace cairn::detail

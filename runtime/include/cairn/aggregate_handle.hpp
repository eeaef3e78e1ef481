#pragma once

#include "cairn/ask.hpp"
#include "cairn/ask_awaitable.hpp"
#include "cairn/ask_from.hpp"
#include "cairn/ask_on.hpp"
#include "cairn/atomic.hpp"
#include "cairn/detail/runtime_face.hpp"
#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/detail/waiting_place.hpp"
#include "cairn/events.hpp"
#include "cairn/metadata.hpp"
#include "cairn/recorded.hpp"
#include "cairn/retention.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace cairn {

/// How a state is to be read.
struct state_options {
  /// Reading that takes longer is given up: timed_out.
  std::chrono::nanoseconds timeout = std::chrono::seconds{10};
};

/// An address of one aggregate. Cheap to make and to copy; the aggregate need not exist. Any
/// thread. Valid as long as its runtime.
template <class A> class aggregate_handle {
 public:
  aggregate_handle(detail::runtime_face& face, aggregate_id id)
      : face_(&face), id_(std::move(id)) {}

  [[nodiscard]] const aggregate_id& id() const noexcept { return id_; }

  /// Sends a command and blocks until its outcome is durable, or until the timeout.
  /// Must not be called from a callback, `decide`, `evolve` or `apply`: it would wait for itself.
  outcome<A> ask(typename A::command wish, ask_options options = {}) const {
    return blocking_ask(std::move(wish), std::move(options));
  }
  /// The same with a command that names its reply: `ask(withdraw{5}).accepted()->reply`. A repeat
  /// gets the reply of the first one; uncertain: that was accepted, but its reply cannot be told,
  /// because it was sent without one (in an atomic commit, by an earlier program) or as another
  /// type of command.
  template <replying_command_of<A> Command>
  outcome<A, reply_of<Command>> ask(Command wish, ask_options options = {}) const {
    return blocking_ask(std::move(wish), std::move(options));
  }

  /// Sends a command and calls `callback(outcome<A>)` once its outcome is durable: by a thread of
  /// Cairn, or before this returns when it fails at once. The callback must not block and must not
  /// throw; it may send further commands. Outcomes with events of one aggregate come in the order
  /// of the decisions; one without events may come by another thread before the last of these.
  template <class Callback>
  void ask(typename A::command wish, ask_options options, Callback callback) const {
    // Not a constraint: that would try a callback that takes anything with an outcome that has no
    // reply, also where the overload below is meant.
    static_assert(std::invocable<Callback, outcome<A>>,
                  "cairn: the callback of an `ask` takes an outcome of this aggregate");
    send(std::move(wish), std::move(options), std::move(callback));
  }
  /// The same with a command that names its reply: calls
  /// `callback(outcome<A, reply_of<Command>>)`.
  template <replying_command_of<A> Command, std::invocable<outcome<A, reply_of<Command>>> Callback>
  void ask(Command wish, ask_options options, Callback callback) const {
    send(std::move(wish), std::move(options), std::move(callback));
  }

  /// Sends a command when it is awaited, for coroutines; see ask_awaitable.
  [[nodiscard]] ask_awaitable<A> co_ask(typename A::command wish, ask_options options = {}) const {
    return {*this, std::move(wish), std::move(options)};
  }
  template <replying_command_of<A> Command>
  [[nodiscard]] ask_awaitable<A, Command> co_ask(Command wish, ask_options options = {}) const {
    return {*this, std::move(wish), std::move(options)};
  }

  /// Sends a command and does not look back: best effort.
  void tell(typename A::command wish, ask_options options = {}) const {
    send(std::move(wish), std::move(options), [](const outcome<A>& /*unheeded*/) {});
  }

  /// Reads the newest durable state, asks with the command that `make_command` makes of it, and
  /// begins again when another command came between: up to `attempts_max` times. Blocks until the
  /// outcome is durable, or until the timeout, which is that of all attempts together.
  ///
  /// Nothing is returned when `make_command` returned none: then nothing was sent. Otherwise the
  /// outcome of the last command, with its reply when `make_command` returns (an optional of) a
  /// command type that names one; a conflict only when all attempts met one, and the detail then
  /// says how many were made. Or a failure: those of state(); user_code_threw: `make_command` did;
  /// expired: the time was up between two attempts. Must not be called where ask() must not.
  template <makes_command_of<A> Make>
  [[nodiscard]] std::optional<outcome_made_by<A, Make>> ask_from(
      Make make_command, ask_from_options options = {}) const {
    detail::retrying<A, Make> attempts{*face_, std::move(make_command), std::move(options)};
    for (;;) {
      auto step = attempts.next(state_at_most(newest, latest, attempts.deadline()));
      if (!step.wish) return std::move(step.end);
      auto end = attempts.end(ask(*std::move(step.wish), attempts.options()));
      if (end) return end;
    }
  }

  /// The same without blocking: calls `callback(std::optional<outcome_made_by<A, Make>>)` in the
  /// end, as ask() does. `make_command` is called by threads of Cairn, one after the other, and
  /// must not block.
  template <makes_command_of<A> Make,
            std::invocable<std::optional<outcome_made_by<A, Make>>> Callback>
  void ask_from(Make make_command, ask_from_options options, Callback callback) const {
    std::make_shared<detail::retry_run<A, Make, Callback>>(
        *face_, id_, std::move(make_command), std::move(options), std::move(callback))
        ->read();
  }

  /// Decides on what others have recorded: reads all events that one of `any_of` means, asks with
  /// the command that `make_command` makes of them, guarded by the same patterns, and begins again
  /// when an event of the kind came between: up to `attempts_max` times, each time reading only
  /// what is new. Blocks until the outcome is durable, or until the timeout of all attempts.
  ///
  /// Of `options.ask.guard` only within_partition is looked at. Nothing is returned when
  /// `make_command` returned none. Otherwise the last outcome, or a failure: those of
  /// runtime::events; bad_input: there is no pattern; too_large: more than ask_on_events_max events
  /// are meant; user_code_threw: `make_command` did; expired. Must not be called where ask() must
  /// not.
  template <makes_command_of_events<A> Make>
  [[nodiscard]] std::optional<outcome<A>> ask_on(std::vector<event_pattern> any_of,
                                                 Make make_command,
                                                 ask_from_options options = {}) const {
    return detail::ask_on<A>(*face_,
                             std::move(any_of),
                             make_command,
                             std::move(options),
                             [this](typename A::command wish, const ask_options& how) {
                               return ask(std::move(wish), how);
                             });
  }

  /// This aggregate's part in runtime::ask_atomically.
  [[nodiscard]] atomic_part part(typename A::command wish, expectation expected = {}) const {
    return {&detail::type_key<A>,
            id_,
            expected,
            std::make_unique<detail::part_message<A>>(std::move(wish))};
  }
  /// The same without a command: the commit is only made when the aggregate is as expected.
  [[nodiscard]] atomic_part check(expectation expected) const {
    return {&detail::type_key<A>, id_, expected, nullptr};
  }

  /// Hides the events before this version from readers. Blocks until that is durable. Neither the
  /// state nor the numbering changes. bad_input: it is beyond the newest event's version + 1.
  outcome<A> truncate_before(version first_shown, ask_options options = {}) const {
    return change({detail::stream_change::kind::truncate, first_shown, {}}, std::move(options));
  }
  /// Sets which events are shown to readers, instead of what is set for the aggregate type. Blocks
  /// until that is durable. bad_input: a count or age of 0 or less.
  outcome<A> set_retention(retention what, ask_options options = {}) const {
    return change({detail::stream_change::kind::retain, {}, what}, std::move(options));
  }
  /// Removes the aggregate: its state begins anew, its events are hidden from readers, and until
  /// its next event it counts as not existing (expectation::none() is met). Its numbering goes on.
  /// Blocks until that is durable. not_found: there is nothing to remove.
  outcome<A> remove(ask_options options = {}) const {
    return change({detail::stream_change::kind::remove, {}, {}}, std::move(options));
  }
  /// Removes the aggregate for good: whatever is asked of it from now on is answered with
  /// error::code::deleted, and its id can never be used again. Blocks until that is durable.
  outcome<A> tombstone(ask_options options = {}) const {
    return change({detail::stream_change::kind::tombstone, {}, {}}, std::move(options));
  }

  /// Says this of the stream from now on, in place of all that was said of it before. Blocks until
  /// that is durable. Changes neither state nor version nor what is shown; the aggregate need not
  /// have an event. `options.expected` is about the version of the metadata, not the aggregate's.
  /// It stays when events are hidden and when the aggregate is removed.
  /// conflict: the metadata has another version, which is in the error; bad_input, too_large: see
  /// check_metadata, the limits are those of ask_options::metadata; deleted.
  outcome<A> set_metadata(stream_metadata what, ask_options options = {}) const {
    const expectation expected = std::exchange(options.expected, {});
    return change({detail::stream_change::kind::describe, {}, {}, std::move(what), expected},
                  std::move(options));
  }
  /// What is said of the stream, as far as it is durable. Blocks for reading.
  /// deleted, overloaded, unknown_name (A was not added to the builder).
  [[nodiscard]] result<versioned_metadata> metadata() const {
    return face_->metadata(&detail::type_key<A>, id_.text());
  }

  /// The newest durable state. Blocks for reading; does not wake the aggregate.
  /// put_aside, corrupt, deleted, timed_out, overloaded, unknown_name (A was not added to the
  /// builder).
  [[nodiscard]] result<aggregate_state<A>> state(state_options options = {}) const {
    return state_at_most(
        newest, latest, detail::deadline_after(options.timeout, face_->steady_now()));
  }
  /// The state at this version, or the newest one if it has not come so far. not_found: the
  /// aggregate was removed after it.
  [[nodiscard]] result<aggregate_state<A>> state_at(version when,
                                                    state_options options = {}) const {
    return state_at_most(
        when, latest, detail::deadline_after(options.timeout, face_->steady_now()));
  }
  /// The state as it was at this time: with all events recorded until then.
  [[nodiscard]] result<aggregate_state<A>> state_at(timestamp when,
                                                    state_options options = {}) const {
    return state_at_most(
        newest, when, detail::deadline_after(options.timeout, face_->steady_now()));
  }

  /// The recorded events after version `after`, up to version `up_to`, with all that is stored
  /// beside them. Blocks for reading.
  [[nodiscard]] result<std::vector<recorded_event>> history(version after = {0},
                                                            version up_to = newest) const {
    return history(history_options{.after = after, .up_to = up_to});
  }
  /// The same, also backwards, and not more than a limit: `history({.limit = 10})`.
  /// bad_input: the limit is 0.
  [[nodiscard]] result<std::vector<recorded_event>> history(const history_options& options) const {
    return face_->history(&detail::type_key<A>, id_.text(), options);
  }

 private:
  static constexpr version newest{std::numeric_limits<std::uint64_t>::max()};
  static constexpr timestamp latest = timestamp::max();

  template <class Wish, class Callback>
  void send(Wish&& wish, ask_options&& options, Callback&& callback) const {
    using message = detail::message_of<A, Wish, std::remove_cvref_t<Callback>>;
    auto made = std::make_unique<message>(std::move(wish), std::move(callback));
    detail::set_options(*made, id_, std::move(options), face_->steady_now());
    face_->send(&detail::type_key<A>, made.release());
  }

  template <class Wish> outcome_of<A, Wish> blocking_ask(Wish&& wish, ask_options&& options) const {
    // Of the machine: who blocks comes back, also when nobody moves the runtime's clock.
    const auto longest = options.timeout;
    const auto deadline = detail::deadline_after(longest, std::chrono::steady_clock::now());
    const std::uint64_t ticket = options.wait_for.draw_ticket();
    auto place = std::make_shared<detail::waiting_place<outcome_of<A, Wish>>>();
    send(std::move(wish), std::move(options), [place](outcome_of<A, Wish> what) {
      place->put(std::move(what));
    });
    return detail::await_shown_in(*face_, *place, deadline, longest, ticket);
  }

  outcome<A> change(detail::stream_change what, ask_options options) const {
    // Of the machine: who blocks comes back, also when nobody moves the runtime's clock.
    const auto longest = options.timeout;
    const auto deadline = detail::deadline_after(longest, std::chrono::steady_clock::now());
    auto place = std::make_shared<detail::waiting_place<outcome<A>>>();
    face_->change_stream(&detail::type_key<A>,
                         id_,
                         std::move(what),
                         std::move(options),
                         [place](detail::erased_outcome&& came) {
                           place->put(detail::typed_outcome<A>(std::move(came)));
                         });
    return detail::await_in(*face_, *place, deadline, longest);
  }

  [[nodiscard]] result<aggregate_state<A>> state_at_most(
      version up_to, timestamp until, std::chrono::steady_clock::time_point deadline) const {
    auto found = face_->state(&detail::type_key<A>, id_.text(), up_to, until, deadline);
    if (!found) return found.error();
    return detail::typed_state<A>(*found);
  }

  detail::runtime_face* face_;
  aggregate_id id_;
};

}  // namespace cairn

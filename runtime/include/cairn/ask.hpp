#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/awaited_models.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/command_message.hpp"
#include "cairn/detail/stored_reply.hpp"
#include "cairn/guard.hpp"
#include "cairn/ids.hpp"
#include "cairn/late_model.hpp"
#include "cairn/metadata.hpp"
#include "cairn/reply.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace cairn {

/// How a command is to be handled. Every member may be left out.
struct ask_options {
  /// Makes the command take effect once, however often it is sent, also after a restart, and also
  /// when it is rejected: a repeat gets the first one's outcome.
  cairn::command_id command_id = {};
  /// What the aggregate's version must be: a `version`, expectation::none() or exists(); otherwise
  /// error::code::conflict with the actual version.
  expectation expected = {};
  /// How long to wait. A command that has not been decided by then is not decided any more
  /// (expired); a blocking ask that gets no answer by then returns timed_out. It expires by the
  /// runtime's clock, but a thread that blocks comes back in the machine's time.
  std::chrono::nanoseconds timeout = std::chrono::seconds{10};
  cairn::correlation_id correlation_id = {};
  cairn::causation_id causation_id = {};
  cairn::principal principal = {};
  /// Stored with each event of the command. At most 128 bytes each.
  std::vector<std::string> tags = {};
  /// Stored with each event of the command, for whoever reads it. bad_input: a key is empty, longer
  /// than 128 bytes or there twice; too_large: beyond config::metadata_entries_max or
  /// metadata_bytes_max.
  metadata_map metadata = {};
  /// What must not have been recorded meanwhile; otherwise conflict. It is looked at whatever the
  /// command comes to, also a rejection; but a repeat gets its outcome without. Its sender's thread
  /// reads for it, so sending takes longer. `stash` is answered with unhandled. bad_input: the
  /// patterns or the place break their rules, or it is no command of the domain (truncate, remove).
  /// apart: see guard::within_partition. too_large: more than limits.guard_events_max events would
  /// have to be looked at. overloaded: too much was recorded while it was on its way.
  cairn::guard guard = {};
  /// Which read models must show what the command did before its sender hears that it was accepted:
  /// `{"bank.balances"}`, or cairn::strong. It hears of it all the same when the timeout ends first
  /// or a read model has stopped; outcome::late then names those that do not show it. Who waits so
  /// blocks no thread, and is still in flight. A command without events does not wait.
  /// unknown_name: there is no such read model; then nothing was tried. Not looked at by
  /// truncate_before and the like. `apply` of a read model that sends a command does not wait for
  /// that read model.
  awaited_models wait_for = {};
};

/// A receipt, and what the command's type names as its reply. That of a command with an id is the
/// same for each repeat.
template <class Reply> struct replied : receipt { Reply reply; };

/// What a command came to: accepted and durable, rejected by the domain, or failed in the
/// machinery. Of a failure, effect_of(failed()->what) tells whether something may have been stored
/// all the same.
///
/// @tparam Reply what comes with the receipt of a command that was sent as its own type; void for
/// one whose type names no reply, and for one that was sent as an `A::command`
template <class A, class Reply = void> class [[nodiscard]] outcome {
 public:
  using rejection = typename A::rejection;
  /// A receipt, or a replied<Reply>.
  using acceptance = typename std::conditional_t<std::is_void_v<Reply>,
                                                 std::type_identity<receipt>,
                                                 std::type_identity<replied<Reply>>>::type;

  explicit outcome(acceptance done, detail::late_models late = nullptr)
      : what_(std::move(done)), late_(std::move(late)) {}
  explicit outcome(rejection why) : what_(why) {}
  explicit outcome(error why) : what_(std::move(why)) {}

  /// Null unless accepted.
  [[nodiscard]] const acceptance* accepted() const noexcept { return std::get_if<0>(&what_); }
  /// Null unless rejected.
  [[nodiscard]] const rejection* rejected() const noexcept { return std::get_if<1>(&what_); }
  /// Null unless failed.
  [[nodiscard]] const error* failed() const noexcept { return std::get_if<2>(&what_); }

  /// Accepted, but these of the awaited read models (ask_options::wait_for) did not show it in
  /// time. Empty: all of them do, or it is not accepted. Valid as long as the outcome.
  [[nodiscard]] std::span<const late_model> late() const noexcept {
    if (!late_) return {};
    return *late_;
  }

 private:
  std::variant<acceptance, rejection, error> what_;
  detail::late_models late_;
};

/// A command type of `A` that names a reply: sent as itself, its sender gets it.
template <class Command, class A>
concept replying_command_of = has_reply<Command> &&
    detail::is_listed<Command, typename detail::listed<typename A::command>::type>;

/// What comes of a `Wish`: an `A::command`, or a replying_command_of<A>.
template <class A, class Wish> using outcome_of = outcome<A, reply_of<Wish>>;

/// A command with its address, for ask_many.
template <class A> struct addressed {
  aggregate_id id;
  typename A::command wish;
  ask_options options = {};
};

/// The state of an aggregate at some point of its history.
template <class A> struct aggregate_state {
  typename A::state state;
  cairn::version version;
  /// When its newest event was recorded; 1970 at version 0.
  timestamp time;
  /// The aggregate was removed and has no event since: the state is a new one, the version goes on.
  bool removed = false;
};

namespace detail {

template <class A> [[nodiscard]] outcome<A> typed_outcome(erased_outcome&& from) {
  switch (from.what) {
    case erased_outcome::kind::accepted: return outcome<A>{from.receipt, std::move(from.late)};
    case erased_outcome::kind::rejected:
      return outcome<A>{static_cast<typename A::rejection>(from.rejection)};
    case erased_outcome::kind::failed: return outcome<A>{std::move(from.why)};
  }
  CAIRN_UNREACHABLE();
}

/// A message with a command of `A`.
template <class A> class typed_message : public command_message {
 public:
  explicit typed_message(typename A::command wish) : wish_(std::move(wish)) {}
  [[nodiscard]] const typename A::command& wish() const noexcept { return wish_; }

  /// Where the sender wants the reply: a std::optional of the type that the command in wish()
  /// names. Null: it does not.
  [[nodiscard]] virtual void* place_of_reply() noexcept { return nullptr; }

  std::string_view command_type() const noexcept final {
    return std::visit([](const auto& wish) { return std::string_view{wish.stable_name}; }, wish_);
  }
  std::string json() const final {
    return std::visit([](const auto& wish) { return to_json(wish); }, wish_);
  }

 private:
  typename A::command wish_;
};

/// The same with what is to be called with the outcome.
template <class A, class Callback> class message_with_callback final : public typed_message<A> {
 public:
  message_with_callback(typename A::command wish, Callback callback)
      : typed_message<A>(std::move(wish)), callback_(std::move(callback)) {}

 private:
  void answer(erased_outcome&& from) noexcept override {
    // A callback must not throw; one that does ends the process here, where its author finds it.
    callback_(typed_outcome<A>(std::move(from)));
  }

  Callback callback_;
};

/// The same for a command that names its reply.
template <class A, class Command, class Callback>
class replying_message final : public typed_message<A> {
 public:
  using reply_type = typename Command::reply;

  replying_message(Command wish, Callback callback)
      : typed_message<A>(typename A::command{std::move(wish)}), callback_(std::move(callback)) {}

  bool wants_reply() const noexcept override { return true; }
  void* place_of_reply() noexcept override { return &reply_; }
  result<void> take_stored_reply(byte_view stored) override {
    auto read = stored_reply<Command>(stored);
    if (!read) return read.error();
    reply_.emplace(*std::move(read));
    return {};
  }

 private:
  void answer(erased_outcome&& from) noexcept override {
    callback_(outcome_with_reply(std::move(from)));
  }

  outcome<A, reply_type> outcome_with_reply(erased_outcome&& from) {
    using outcome_type = outcome<A, reply_type>;
    switch (from.what) {
      case erased_outcome::kind::accepted:
        CAIRN_ASSERT(reply_.has_value());
        return outcome_type{replied<reply_type>{from.receipt, *std::move(reply_)},
                            std::move(from.late)};
      case erased_outcome::kind::rejected:
        return outcome_type{static_cast<typename A::rejection>(from.rejection)};
      case erased_outcome::kind::failed: return outcome_type{std::move(from.why)};
    }
    CAIRN_UNREACHABLE();
  }

  Callback callback_;
  /// Set by the host, when the command is accepted.
  std::optional<reply_type> reply_;
};

template <class A, class Wish, class Callback> struct message_type {
  using type = message_with_callback<A, Callback>;
};
template <class A, replying_command_of<A> Wish, class Callback>
struct message_type<A, Wish, Callback> {
  using type = replying_message<A, Wish, Callback>;
};
/// The message that carries a `Wish` and calls back with an outcome_of<A, Wish>.
template <class A, class Wish, class Callback>
using message_of = typename message_type<A, Wish, Callback>::type;

/// Null is none. Not inline: GCC 12 would take the error of an accepted outcome for uninitialized.
[[nodiscard]] bool is_conflict(const error* failed) noexcept;

/// `now` and `timeout`, or the end of time.
[[nodiscard]] std::chrono::steady_clock::time_point deadline_after(
    std::chrono::nanoseconds timeout, std::chrono::steady_clock::time_point now) noexcept;

/// Makes the demand of a message. @pre it is not empty
[[nodiscard]] std::unique_ptr<command_message::shown_demand> demand_of(awaited_models&& wait_for);

/// Copies the options into the message, whose timeout begins at `now` by the runtime's clock.
void set_options(command_message& into,
                 const aggregate_id& id,
                 ask_options&& options,
                 command_message::steady_time now);

}  // namespace detail

}  // namespace cairn

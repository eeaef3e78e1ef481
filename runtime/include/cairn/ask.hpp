#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/codec.hpp"
#include "cairn/detail/command_message.hpp"
#include "cairn/ids.hpp"
#include "cairn/metadata.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <string>
#include <string_view>
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
};

/// What a command came to: accepted and durable, rejected by the domain, or failed in the
/// machinery. Of a failure, effect_of(failed()->what) tells whether something may have been stored
/// all the same.
template <class A> class [[nodiscard]] outcome {
 public:
  using rejection = typename A::rejection;

  explicit outcome(receipt done) : what_(done) {}
  explicit outcome(rejection why) : what_(why) {}
  explicit outcome(error why) : what_(std::move(why)) {}

  /// Null unless accepted.
  [[nodiscard]] const receipt* accepted() const noexcept { return std::get_if<0>(&what_); }
  /// Null unless rejected.
  [[nodiscard]] const rejection* rejected() const noexcept { return std::get_if<1>(&what_); }
  /// Null unless failed.
  [[nodiscard]] const error* failed() const noexcept { return std::get_if<2>(&what_); }

 private:
  std::variant<receipt, rejection, error> what_;
};

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
    case erased_outcome::kind::accepted: return outcome<A>{from.receipt};
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

/// `now` and `timeout`, or the end of time.
[[nodiscard]] std::chrono::steady_clock::time_point deadline_after(
    std::chrono::nanoseconds timeout, std::chrono::steady_clock::time_point now) noexcept;

/// Copies the options into the message, whose timeout begins at `now` by the runtime's clock.
void set_options(command_message& into,
                 aggregate_id id,
                 ask_options options,
                 command_message::steady_time now);

}  // namespace detail

}  // namespace cairn

#pragma once

#include "cairn/ask.hpp"
#include "cairn/detail/runtime_face.hpp"
#include "cairn/detail/typed_aggregate.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace cairn {

/// How aggregate_handle::ask_from and ask_on go about it.
struct ask_from_options {
  /// Of each command that is sent. For each attempt ask_from sets `expected`, and ask_on `guard`
  /// but for within_partition, whatever stands here; the timeout is that of all attempts together.
  ask_options ask = {};
  /// At most so many commands are sent; 0 is taken for 1.
  std::uint32_t attempts_max = 10;
};

/// Makes a command from a state, or decides that none is wanted.
template <class Make, class A>
concept makes_command_of = requires(Make& make, const aggregate_state<A>& now) {
  { make(now) } -> std::convertible_to<std::optional<typename A::command>>;
};

namespace detail {

template <class T> struct held_by { using type = T; };
template <class T> struct held_by<std::optional<T>> { using type = T; };

template <class A, class Wish> struct sent_as { using type = typename A::command; };
template <class A, replying_command_of<A> Wish> struct sent_as<A, Wish> { using type = Wish; };

/// What `Make` makes, which may be optional: a command that names its reply, or an `A::command`.
template <class A, class Make>
using made_by =
    typename sent_as<A,
                     typename held_by<std::remove_cvref_t<
                         std::invoke_result_t<Make&, const aggregate_state<A>&>>>::type>::type;

}  // namespace detail

/// What ask_from comes to: with a reply, when `Make` makes a command that names one.
template <class A, class Make> using outcome_made_by = outcome_of<A, detail::made_by<A, Make>>;

namespace detail {

template <class A> [[nodiscard]] aggregate_state<A> typed_state(const erased_state& from) {
  const auto& instance = static_cast<const typed_instance<A>&>(*from.instance);
  return {instance.state(), from.version, from.time, from.removed};
}

/// What ask_from knows between two attempts. One thread at a time.
template <class A, class Make> class retrying {
 public:
  retrying(const runtime_face& face, Make make, ask_from_options options)
      : face_(face),
        make_(std::move(make)),
        options_(std::move(options)),
        deadline_(deadline_after(options_.ask.timeout, face.steady_now())) {}

  using steady = std::chrono::steady_clock;
  using wish_type = made_by<A, Make>;
  using outcome_type = outcome_made_by<A, Make>;

  [[nodiscard]] steady::time_point deadline() const noexcept { return deadline_; }

  /// What to send, with options() now meant for it; or what the whole comes to without.
  struct next_step {
    std::optional<wish_type> wish;
    std::optional<outcome_type> end;
  };
  [[nodiscard]] next_step next(const result<aggregate_state<A>>& now) {
    if (!now) return {{}, outcome_type{now.error()}};
    next_step step;
    try {
      step.wish = make_(*now);
    } catch (...) {
      return {{}, outcome_type{user_code_threw("what makes the command")}};
    }
    const auto left = deadline_ - face_.steady_now();
    if (step.wish && left <= steady::duration{0}) {
      return {{}, outcome_type{error{error::code::expired, "no time was left" + after_attempts()}}};
    }
    options_.ask.expected = now->version;
    options_.ask.timeout = left;
    return step;
  }
  [[nodiscard]] const ask_options& options() const noexcept { return options_.ask; }

  /// What the whole comes to, after an attempt; nothing when there should be another one.
  [[nodiscard]] std::optional<outcome_type> end(outcome_type what) {
    ++attempts_;
    if (!is_conflict(what.failed())) return what;
    if (attempts_ < options_.attempts_max) return std::nullopt;
    error last = *what.failed();
    last.detail += after_attempts();
    return outcome_type{std::move(last)};
  }

 private:
  [[nodiscard]] std::string after_attempts() const {
    return "; " + std::to_string(attempts_) + (attempts_ == 1 ? " attempt was" : " attempts were") +
           " made";
  }

  const runtime_face& face_;
  Make make_;
  ask_from_options options_;
  steady::time_point deadline_;
  std::uint32_t attempts_ = 0;
};

/// The way of ask_from with a callback: owns itself from one step to the next.
template <class A, class Make, class Callback>
class retry_run : public std::enable_shared_from_this<retry_run<A, Make, Callback>> {
 public:
  using wish_type = made_by<A, Make>;
  using outcome_type = outcome_made_by<A, Make>;

  retry_run(
      runtime_face& face, aggregate_id id, Make make, ask_from_options options, Callback callback)
      : face_(face),
        id_(std::move(id)),
        state_(face, std::move(make), std::move(options)),
        callback_(std::move(callback)) {}

  void read() {
    face_.state_later(&type_key<A>,
                      id_.text(),
                      state_.deadline(),
                      [self = this->shared_from_this()](result<erased_state> found) {
                        if (found) {
                          self->send(typed_state<A>(*found));
                        } else {
                          self->send(found.error());
                        }
                      });
  }

 private:
  void send(const result<aggregate_state<A>>& now) {
    auto step = state_.next(now);
    if (!step.wish) return callback_(std::move(step.end));
    auto answered = [self = this->shared_from_this()](outcome_type what) {
      auto end = self->state_.end(std::move(what));
      if (!end) return self->read();
      self->callback_(std::move(end));
    };
    using message = message_of<A, wish_type, decltype(answered)>;
    auto made = std::make_unique<message>(*std::move(step.wish), std::move(answered));
    set_options(*made, id_, ask_options{state_.options()}, face_.steady_now());
    face_.send(&type_key<A>, made.release());
  }

  runtime_face& face_;
  aggregate_id id_;
  retrying<A, Make> state_;
  Callback callback_;
};

}  // namespace detail

}  // namespace cairn

#pragma once

#include "cairn/ids.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace cairn {

/// `return cairn::unhandled;`: the command has no meaning in this state. Its sender gets
/// error::code::unhandled, interceptors see it, and the runtime counts it.
struct unhandled_t {};
inline constexpr unhandled_t unhandled{};

/// `return cairn::stash;`: not now. The command is set aside, and decided again after a decision
/// that says then_unstash(), before whatever came later. A stash is bounded (beyond it, the sender
/// gets `overloaded`) and is not stored: a command waits there no longer than its own timeout.
struct stash_t {};
inline constexpr stash_t stash{};

/// Called with the receipt of the command that it came with.
using after_commit = std::function<void(const receipt&)>;

namespace detail {

/// What is to happen beside the events of a decision.
struct effects {
  std::vector<after_commit> then;
  bool unstash = false;
  bool sleep = false;
};

}  // namespace detail

/// What an aggregate answers to a command: some events, or one rejection.
///
/// An empty list of events means "fine, and nothing new happened".
/// The constructors are implicit on purpose: the `return` statements of `decide` are the
/// programming interface, and `return rejection::not_open;` is how they ought to read.
template <class Event, class Rejection> class [[nodiscard]] decision {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  template <class Fact>
  requires std::constructible_from<Event, Fact> &&(!std::same_as<Fact, decision>)
      // NOLINTNEXTLINE(google-explicit-constructor)
      decision(Fact fact)
      : made_(std::in_place_index<1>, std::move(fact)) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  decision(Rejection why) : made_(std::in_place_index<2>, why) {}

  decision(std::initializer_list<Event> facts) : made_(std::in_place_index<0>, facts) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  decision(std::vector<Event> facts) : made_(std::in_place_index<0>, std::move(facts)) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  decision(unhandled_t what) : made_(std::in_place_index<3>, what) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  decision(stash_t what) : made_(std::in_place_index<4>, what) {}

  /// Calls `code` once when the command is accepted and durable, right before its sender hears of
  /// it, by a thread of Cairn; several in the order in which they were added. Never in a replay,
  /// and not for a repeat. A crash between commit and call loses it: what must happen belongs to a
  /// process manager. `code` must not block; what it throws is dropped.
  decision then(after_commit code) && {
    more().then.push_back(std::move(code));
    return std::move(*this);
  }
  /// When accepted: what was stashed is decided again, in the order in which it came.
  decision then_unstash() && {
    more().unstash = true;
    return std::move(*this);
  }
  /// When accepted: the aggregate goes to sleep as soon as all of it is durable. What is in its
  /// stash is answered with `unhandled`; the next command wakes it.
  decision then_sleep() && {
    more().sleep = true;
    return std::move(*this);
  }

  [[nodiscard]] bool rejected() const noexcept { return made_.index() == 2; }
  [[nodiscard]] bool is_unhandled() const noexcept { return made_.index() == 3; }
  [[nodiscard]] bool is_stashed() const noexcept { return made_.index() == 4; }
  /// Events, or nothing new: neither rejected, nor unhandled, nor stashed.
  [[nodiscard]] bool accepted() const noexcept { return made_.index() < 2; }

  /// In the order in which they happen; empty unless accepted. Valid as long as the decision.
  [[nodiscard]] std::span<const Event> events() const noexcept {
    if (const Event* one = std::get_if<1>(&made_)) return {one, std::size_t{1}};
    if (const auto* many = std::get_if<0>(&made_)) return *many;
    return {};
  }

  /// The reason. @pre rejected()
  [[nodiscard]] Rejection rejection() const { return std::get<2>(made_); }

  /// What is to happen beside the events; null: nothing.
  [[nodiscard]] const std::shared_ptr<detail::effects>& effects() const noexcept {
    return effects_;
  }

 private:
  detail::effects& more() {
    if (!effects_) effects_ = std::make_shared<detail::effects>();
    return *effects_;
  }

  // One event is the common case and needs no list.
  std::variant<std::vector<Event>, Event, Rejection, unhandled_t, stash_t> made_;
  // Seldom used, hence a pointer.
  std::shared_ptr<detail::effects> effects_;
};

}  // namespace cairn

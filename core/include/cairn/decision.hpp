#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace cairn {

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

  [[nodiscard]] bool rejected() const noexcept { return made_.index() == 2; }

  /// In the order in which they happen; empty when rejected. Valid as long as the decision.
  [[nodiscard]] std::span<const Event> events() const noexcept {
    if (const Event* one = std::get_if<1>(&made_)) return {one, std::size_t{1}};
    if (const auto* many = std::get_if<0>(&made_)) return *many;
    return {};
  }

  /// The reason. @pre rejected()
  [[nodiscard]] Rejection rejection() const { return std::get<2>(made_); }

 private:
  // One event is the common case and needs no list.
  std::variant<std::vector<Event>, Event, Rejection> made_;
};

}  // namespace cairn

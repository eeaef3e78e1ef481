#pragma once

#include "cairn/ask.hpp"
#include "cairn/error.hpp"
#include "cairn/testing.hpp"
#include "cairn/testing/observed.hpp"

#include <gtest/gtest.h>

#include <concepts>
#include <string>
#include <utility>
#include <vector>

namespace cairn::testing {

/// What came of a command that an aggregate_kit ran. Each `expect` adds a failure to the running
/// test, at the line of the run, when it is not so.
///
/// @tparam Reply of a command that was run as its own type; void: none
template <class A, class Reply = void> class ran {
 public:
  using event = typename A::event;
  using state_type = typename A::state;
  using outcome_type = cairn::outcome<A, Reply>;

  ran(outcome_type what, std::vector<event> events, state_type now, place where)
      : outcome_(std::move(what)),
        events_(std::move(events)),
        state_(std::move(now)),
        where_(where) {}

  [[nodiscard]] const outcome_type& outcome() const noexcept { return outcome_; }
  /// The events that it stored.
  [[nodiscard]] const std::vector<event>& events() const noexcept { return events_; }
  /// The state afterwards, as the running aggregate has it.
  [[nodiscard]] const state_type& state() const noexcept { return state_; }

  ran& expect_accepted() {
    if (outcome_.accepted() == nullptr) complain("expected it to be accepted");
    return *this;
  }

  /// Accepted, and exactly these events were stored, in this order.
  template <class... Facts> ran& expect_events(const Facts&... expected) {
    const std::vector<event> facts{expected...};
    if (outcome_.accepted() == nullptr || events_ != facts) {
      complain("expected the events " + detail::describe_events(facts));
    }
    return *this;
  }

  /// Accepted, and nothing new happened.
  ran& expect_no_events() { return expect_events(); }

  /// Accepted, and its sender got this beside the receipt.
  template <class Expected> ran& expect_reply(const Expected& expected) {
    static_assert(std::same_as<Expected, Reply>, "cairn: the command's type names another reply");
    if (outcome_.accepted() == nullptr) {
      complain("expected a reply");
    } else if (outcome_.accepted()->reply != expected) {
      complain("expected the reply " + to_json(expected) + ", it is " +
               to_json(outcome_.accepted()->reply));
    }
    return *this;
  }

  ran& expect_rejected(typename A::rejection expected) {
    if (outcome_.rejected() == nullptr || *outcome_.rejected() != expected) {
      complain("expected the rejection " + number_of(expected));
    }
    return *this;
  }

  ran& expect_failed(error::code expected) {
    if (outcome_.failed() == nullptr || outcome_.failed()->what != expected) {
      complain("expected it to fail with " + std::string{to_string(expected)});
    }
    return *this;
  }

  ran& expect_state(const state_type& expected) {
    if (!detail::same_state(state_, expected)) {
      complain("expected the state " + detail::show(expected) + ", it is " + detail::show(state_));
    }
    return *this;
  }

 private:
  void complain(const std::string& what) const {
    ADD_FAILURE_AT(where_.file, where_.line)
        << A::stable_name << ": " << what << "; it was " << describe_outcome();
  }

  [[nodiscard]] static std::string number_of(typename A::rejection why) {
    return std::to_string(static_cast<long long>(why));
  }

  [[nodiscard]] std::string describe_outcome() const {
    if (outcome_.failed() != nullptr) return describe(*outcome_.failed());
    if (const auto* why = outcome_.rejected()) {
      return "rejected with " + number_of(*why);
    }
    std::string text = "accepted with";
    for (const event& one : events_)
      text.append(" ").append(detail::show(one));
    return events_.empty() ? "accepted without events" : text;
  }

  outcome_type outcome_;
  std::vector<event> events_;
  state_type state_;
  place where_;
};

}  // namespace cairn::testing

#pragma once

#include "cairn/aggregate.hpp"

#include <concepts>
#include <optional>
#include <utility>
#include <vector>

namespace cairn {

/// Decides one command in several steps, each on the state that the steps before it lead to:
///
///   static decision decide(const state& now, const move_twice& wish) {
///     return cairn::steps<account>{now}
///         .then([&](const state& s) { return decide(s, withdraw{wish.cents}); })
///         .then([&](const state& s) { return decide(s, withdraw{wish.fee}); });
///   }
///
/// The events of all steps are one commit. The first step that is not accepted ends it, and nothing
/// of the steps before it remains. Effects (then, then_unstash, then_sleep) of steps are kept. One
/// thread.
template <aggregate A> class steps {
 public:
  using state = typename A::state;

  explicit steps(const state& now) : now_(now) {}

  /// `step(const state&)` gives a decision; it is not called once a step was not accepted.
  template <std::invocable<const state&> Step> steps then(Step step) && {
    static_assert(std::same_as<std::invoke_result_t<Step, const state&>, decision_for<A>>,
                  "cairn: a step must return a decision of this aggregate");
    if (!ended_) take(std::move(step)(std::as_const(now_)));
    return std::move(*this);
  }

  /// The state after the steps so far.
  [[nodiscard]] const state& now() const noexcept { return now_; }

  /// What all steps come to.
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator decision_for<A>() && {
    if (ended_) return *std::move(ended_);
    decision_for<A> all{std::move(events_)};
    for (auto& code : effects_.then)
      all = std::move(all).then(std::move(code));
    if (effects_.unstash) all = std::move(all).then_unstash();
    if (effects_.sleep) all = std::move(all).then_sleep();
    return all;
  }

 private:
  void take(decision_for<A>&& made) {
    if (!made.accepted()) {
      ended_.emplace(std::move(made));
      return;
    }
    for (const auto& event : made.events()) {
      std::visit([this](const auto& fact) { cairn::evolve<A>(now_, fact); }, event);
      events_.push_back(event);
    }
    if (!made.effects()) return;
    for (const auto& code : made.effects()->then)
      effects_.then.push_back(code);
    effects_.unstash = effects_.unstash || made.effects()->unstash;
    effects_.sleep = effects_.sleep || made.effects()->sleep;
  }

  state now_;
  std::vector<typename A::event> events_;
  detail::effects effects_;
  std::optional<decision_for<A>> ended_;
};

}  // namespace cairn

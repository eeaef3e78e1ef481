#pragma once

#include "cairn/runtime.hpp"
#include "cairn/testing/journal_probe.hpp"
#include "cairn/testing/manual_clock.hpp"
#include "cairn/testing/observed.hpp"
#include "cairn/testing/ran.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace cairn::testing {

/// One aggregate in a real runtime, on a journal in memory and a clock that is moved by hand:
///
///   aggregate_kit<account> kit{"ann"};
///   kit.given(opened{"ann"});
///   kit.run(deposit{5}).expect_events(deposited{5});
///   kit.restart();
///   kit.run(withdraw{6}).expect_rejected(account::rejection::insufficient_funds);
///
/// After each run it has checked by itself that the state which the running aggregate has is the
/// one that its stored events give, that every command, event (as `decide` returned it) and state
/// stays what it is when it is stored and read back, and that a command which was not accepted has
/// stored nothing. The state needs `==` or `serialize`, and a copy. One thread; kits of one type in
/// several threads let their commands come one after the other.
template <class A> class aggregate_kit {
 public:
  using event = typename A::event;
  using state = typename A::state;

  explicit aggregate_kit(aggregate_id id = "kit",
                         aggregate_options options = {},
                         int line = __builtin_LINE(),
                         const char* file = __builtin_FILE())
      : id_(std::move(id)), options_(options), made_{file, line} {
    start(made_);
  }

  /// Gives the aggregate a past, behind the one that it has; starts it again for that. What goes
  /// wrong is told at the line where the kit was made.
  template <class... Facts> void given(const Facts&... facts) {
    (check_given(facts), ...);
    app_.reset();
    journal_.record_at(clock_->now());
    journal_.template persist_for_recovery<A>(id_, facts...);
    start(made_);
  }

  /// Sends the command and waits for its outcome.
  ran<A> run(const typename A::command& wish,
             ask_options options = {},
             int line = __builtin_LINE(),
             const char* file = __builtin_FILE()) {
    const place here{file, line};
    std::visit([&](const auto& one) { check_kept(here, "the command ", one); }, wish);
    auto wide = std::visit([](const auto& one) { return typename seen::command{one}; }, wish);
    return run_as<void>(std::move(wide), std::move(options), here);
  }
  /// The same with a command that names its reply, which must stay what it is when it is stored and
  /// read back.
  template <replying_command_of<A> Command>
  ran<A, reply_of<Command>> run(const Command& wish,
                                ask_options options = {},
                                int line = __builtin_LINE(),
                                const char* file = __builtin_FILE()) {
    const place here{file, line};
    check_kept(here, "the command ", wish);
    auto came = run_as<reply_of<Command>>(wish, std::move(options), here);
    const auto* done = came.outcome().accepted();
    if (done != nullptr) check_kept(here, "the reply ", done->reply);
    return came;
  }

  /// Stops the runtime and starts another one on the same journal. The aggregate must come back
  /// with the state that it had; after an `uncertain` failure, with the state that the journal
  /// says.
  void restart(int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
    const place here{file, line};
    const bool known = std::exchange(uncertain_, false) == false;
    const state before = state_;
    app_.reset();
    if (!start(here)) return;
    if (known && !detail::same_state(before, state_)) {
      complain(here,
               "a restart changed the state from " + detail::show(before) + " to " +
                   detail::show(state_));
    }
  }

  /// As the running aggregate has it after the last run or start.
  [[nodiscard]] const state& now() const noexcept { return state_; }
  /// To look at what is stored, and to make it fail.
  [[nodiscard]] journal_probe& journal() noexcept { return journal_; }
  /// Moves only by hand.
  [[nodiscard]] manual_clock& clock() noexcept { return *clock_; }
  /// Null when it could not be started; the test has failed then.
  [[nodiscard]] runtime* app() noexcept { return app_ ? &*app_ : nullptr; }

 private:
  using seen = detail::observed<A>;

  template <class Fact> void check_given(const Fact& fact) const {
    if (detail::is_kept_for<A>(fact)) return;
    complain(made_, "the given event " + detail::how_event_changed<A>(fact));
  }
  template <class T> void check_kept(place where, const char* what, const T& value) const {
    if (!detail::is_kept(value)) complain(where, what + detail::how_changed(value));
  }

  void complain(place where, const std::string& what) const {
    ADD_FAILURE_AT(where.file, where.line) << A::stable_name << "/" << id_.text() << ": " << what;
  }

  [[nodiscard]] std::vector<event> facts() const { return journal_.template events_of<A>(id_); }

  bool start(place where) {
    config settings;
    settings.in_memory = true;
    settings.workers = 1;
    settings.recovery_threads = 1;
    auto started = builder{settings}
                       .add<seen>(options_)
                       .journal_from(journal_.source())
                       .time_from(clock_)
                       .start();
    if (!started) {
      complain(where, "no runtime: " + describe(started.error()));
      return false;
    }
    app_.emplace(*std::move(started));
    check_state(where, facts());
    return true;
  }

  template <class Reply, class Wish>
  ran<A, Reply> run_as(Wish wish, ask_options options, place here) {
    const std::size_t before = facts().size();
    std::unique_lock alone{seen::one_at_a_time};
    const outcome<A, Reply> out = ask<Reply>(std::move(wish), std::move(options));
    const auto changed = seen::changed.take();
    alone.unlock();
    const std::vector<event> all = facts();
    std::vector<event> fresh{all.begin() + static_cast<std::ptrdiff_t>(before), all.end()};
    check_events(here, out, fresh);
    for (const std::string& one : changed)
      complain(here, one);
    // The running aggregate has seen what is not stored: the state need not be the same.
    check_state(here, all, changed.empty());
    return {out, std::move(fresh), state_, here};
  }

  template <class Reply, class Wish>
  [[nodiscard]] outcome<A, Reply> ask(Wish wish, ask_options options) {
    using outcome_type = outcome<A, Reply>;
    if (!app_) return outcome_type{error{error::code::shutting_down, "no runtime"}};
    const auto out = app_->aggregate<seen>(id_).ask(std::move(wish), std::move(options));
    if (out.accepted() != nullptr) return outcome_type{*out.accepted()};
    if (out.rejected() != nullptr) return outcome_type{*out.rejected()};
    return outcome_type{*out.failed()};
  }

  template <class Reply>
  void check_events(place where, const outcome<A, Reply>& out, const std::vector<event>& fresh) {
    if (out.failed() != nullptr && effect_of(out.failed()->what) == error::effect::uncertain) {
      uncertain_ = true;
    } else if (out.accepted() == nullptr && !fresh.empty()) {
      complain(where, "not accepted, but " + detail::show(fresh.front()) + " was stored");
    }
  }

  /// Three ways to one state: of the running aggregate, of its events, and of a reader, who may use
  /// a snapshot. Not compared when it is known that they differ.
  void check_state(place where, const std::vector<event>& all, bool compares = true) {
    if (!app_) return;
    auto seen_state = std::make_shared<std::optional<state>>();
    const auto looked = app_->aggregate<seen>(id_).ask(typename seen::look{seen_state});
    if (!*seen_state) {
      const bool told = looked.failed() != nullptr;
      return complain(where,
                      "the state cannot be seen: " +
                          (told ? describe(*looked.failed()) : std::string{"it is not known why"}));
    }
    state_ = **seen_state;
    if constexpr (has_snapshots<A>) {
      if (!detail::is_kept(state_)) {
        complain(where, "the state " + detail::show(state_) + " changed when stored and read back");
      }
    }
    if (uncertain_ || !compares) return;
    state replayed{};
    for (const event& one : all)
      std::visit([&replayed](const auto& fact) { cairn::evolve<A>(replayed, fact); }, one);
    if (!compare(where, "its stored events", replayed)) return;
    const auto read = app_->aggregate<seen>(id_).state();
    if (!read) return complain(where, "the state cannot be read: " + describe(read.error()));
    (void)compare(where, "a reader", read->state);
  }

  bool compare(place where, const char* who, const state& other) const {
    if (detail::same_state(state_, other)) return true;
    complain(where,
             "the running aggregate has the state " + detail::show(state_) + ", " + who + " give " +
                 detail::show(other));
    return false;
  }

  aggregate_id id_;
  aggregate_options options_;
  place made_;
  journal_probe journal_;
  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>();
  std::optional<runtime> app_;
  state state_{};
  /// What is stored is not known until the next start.
  bool uncertain_ = false;
};

}  // namespace cairn::testing

#pragma once

#include "cairn/codec.hpp"
#include "cairn/detail/typed_process_manager.hpp"
#include "cairn/process_manager.hpp"
#include "cairn/testing.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cairn::testing {

/// What a step of a process manager led to. Each expectation takes the next command, and adds a
/// failure to the running test when it is another one.
template <class M> class reacted {
 public:
  reacted(std::optional<error> failed,
          std::vector<cairn::detail::reaction_list::command> commands,
          std::optional<std::chrono::nanoseconds> retry_after,
          place where)
      : failed_(std::move(failed)),
        commands_(std::move(commands)),
        retry_after_(retry_after),
        where_(where) {}

  /// The next command goes to this aggregate and is this one.
  template <class A> reacted& expect_sent(std::string_view id, const typename A::command& wish) {
    using target = cairn::detail::place_in<A, typename M::targets>;
    static_assert(target::found, "cairn: `targets` of this process manager does not name this A");
    if (failed_) return complain("expected a command, it failed: " + describe(*failed_));
    if (next_ == commands_.size()) return complain("expected one more command");
    const auto& sent = commands_[next_++];
    const auto read = decode<typename A::command>(as_bytes(sent.bytes));
    if (sent.target != target::value || sent.aggregate_id != id || !read || *read != wish) {
      return complain("expected " + to_json(wish) + " for " + std::string{A::stable_name} + "/" +
                      std::string{id} + ", it sent another command, " +
                      describe_sent(sent, typename M::targets{}));
    }
    return *this;
  }

  /// It asked for the refused command to be sent once more, so much later.
  reacted& expect_retry(std::chrono::nanoseconds delay = {}) {
    if (failed_) return complain("expected a retry, it failed: " + describe(*failed_));
    if (!retry_after_) return complain("expected a retry, there was none");
    if (*retry_after_ != delay) {
      return complain("expected a retry after " + std::to_string(delay.count()) +
                      " ns, it was after " + std::to_string(retry_after_->count()) + " ns");
    }
    return *this;
  }

  /// There is no further command. One that is to be sent once more is none; see expect_retry.
  reacted& expect_nothing_else() {
    if (failed_) return complain("it failed: " + describe(*failed_));
    if (next_ != commands_.size()) {
      return complain(std::to_string(commands_.size() - next_) + " commands more were sent");
    }
    return *this;
  }

  /// user_code_threw, or of a strict route conflict and not_found: nothing has happened.
  reacted& expect_failed(error::code expected) {
    if (!failed_ || failed_->what != expected) {
      return complain("expected it to fail with " + std::string{to_string(expected)} +
                      (failed_ ? ", it was " + describe(*failed_) : ", it did not fail"));
    }
    return *this;
  }

 private:
  /// `{"type":"withdraw","value":{"cents":5}} for bank.account/ann`
  template <class... As>
  static std::string describe_sent(const cairn::detail::reaction_list::command& sent,
                                   cairn::targets<As...> /*all*/) {
    std::string text;
    std::size_t place = 0;
    const auto look = [&]<class A>(std::type_identity<A> /*its type*/) {
      if (place++ != sent.target) return;
      const auto read = decode<typename A::command>(as_bytes(sent.bytes));
      text = (read ? to_json(*read) : describe(read.error())) + " for " +
             std::string{A::stable_name} + "/" + sent.aggregate_id;
    };
    (look(std::type_identity<As>{}), ...);
    return text;
  }

  reacted& complain(const std::string& what) {
    ADD_FAILURE_AT(where_.file, where_.line) << M::stable_name << ": " << what;
    return *this;
  }

  std::optional<error> failed_;
  std::vector<cairn::detail::reaction_list::command> commands_;
  std::optional<std::chrono::nanoseconds> retry_after_;
  place where_;
  std::size_t next_ = 0;
};

/// A process manager by itself: events, answers and time go in, commands come out. No runtime, no
/// disk, no threads; states are written and read back at each step.
///
///   process_manager_kit<payment> kit;
///   kit.when<order>("7", placed{"ann", 5}).expect_sent<customer>("ann", debit{5});
///   kit.when_rejected<customer>("7", customer::rejection::poor).expect_sent<order>("7", cancel{});
///   kit.when_passes(15min).expect_sent<order>("7", remind{});
///
/// One thread.
template <class M> class process_manager_kit {
 public:
  using state = typename M::state;

  explicit process_manager_kit(timestamp start = std::chrono::sys_days{std::chrono::year{2020} / 1 /
                                                                       1})
      : now_(start) {}

  /// Says what the next events carry beside them.
  process_manager_kit& correlated(std::string correlation_id) {
    correlation_ = std::move(correlation_id);
    return *this;
  }

  /// An event of the aggregate is recorded now.
  template <class A, class Event>
  reacted<M> when(const std::string& id,
                  const Event& fact,
                  int line = __builtin_LINE(),
                  const char* file = __builtin_FILE()) {
    event_metadata meta;
    meta.position = {{0}, ++offset_};
    meta.version = {++versions_[std::string{A::stable_name} + "/" + id]};
    meta.time = now_;
    meta.aggregate_type = A::stable_name;
    meta.aggregate_id = id;
    meta.event_type = Event::stable_name;
    meta.correlation_id = correlation_;
    const recorded<Event> what{fact, meta};
    begin();
    cairn::route to;
    auto done = cairn::detail::guarded("route", [&] { to = M::route(what); });
    for (std::size_t i = 0; done && i < to.ids().size(); ++i) {
      const std::string& instance = to.ids()[i];
      const auto found = instances_.find(instance);
      const bool known = found != instances_.end();
      using kind = cairn::route::kind;
      if (to.what() == kind::starts_new && known) {
        done = error{error::code::conflict, "the instance " + instance + " is there already"};
      } else if (to.what() == kind::continues_known && !known) {
        done = error{error::code::not_found, "there is no instance " + instance};
      } else if (known || to.what() == kind::starts || to.what() == kind::starts_new) {
        done = step("on", instance, now_, to.what() == kind::ends, [&](state& at, auto& then) {
          M::on(at, what, then);
        });
      }
    }
    return finish(done, {file, line});
  }

  /// The oldest command of the instance that has no answer yet is accepted. @pre there is one
  process_manager_kit& accept(const std::string& instance) {
    CAIRN_ASSERT(!pending_[instance].empty());
    pending_[instance].pop_front();
    return *this;
  }

  /// The oldest command of the instance is rejected; the one that `retry` was asked for is the
  /// oldest again, at once: no time has to pass for it. @pre there is one, and it is for A
  template <class A>
  reacted<M> when_rejected(const std::string& instance,
                           typename A::rejection why,
                           int line = __builtin_LINE(),
                           const char* file = __builtin_FILE()) {
    cairn::detail::erased_outcome outcome;
    outcome.what = cairn::detail::erased_outcome::kind::rejected;
    outcome.rejection = static_cast<std::int64_t>(why);
    return refuse<A>(instance, outcome, {file, line});
  }
  /// The same with a failure of the machinery that is for good.
  template <class A>
  reacted<M> when_failed(const std::string& instance,
                         error why,
                         int line = __builtin_LINE(),
                         const char* file = __builtin_FILE()) {
    cairn::detail::erased_outcome outcome;
    outcome.why = std::move(why);
    return refuse<A>(instance, outcome, {file, line});
  }

  /// So much time goes by; the timers that become due fire in their order.
  reacted<M> when_passes(std::chrono::nanoseconds time,
                         int line = __builtin_LINE(),
                         const char* file = __builtin_FILE()) {
    const timestamp until = now_ + time;
    begin();
    result<void> done;
    while (done && !timers_.empty() && timers_.begin()->first.first <= until) {
      const timestamp due = timers_.begin()->first.first;
      const timer_id key = timers_.begin()->first.second;
      const auto period = timers_.begin()->second;
      timers_.erase(timers_.begin());
      if (period.count() > 0) timers_.emplace(std::pair{due + period, key}, period);
      now_ = due;
      done = step("on_timer", key.first, due, false, [&](state& at, auto& then) {
        if constexpr (has_timers<M>) M::on_timer(at, key.second, due, then);
      });
    }
    now_ = until;
    return finish(done, {file, line});
  }

  /// Nothing when the instance has not begun, or is over.
  [[nodiscard]] std::optional<state> find(const std::string& instance) const {
    const auto found = instances_.find(instance);
    if (found == instances_.end()) return std::nullopt;
    auto read = decode<state>(as_bytes(found->second));
    CAIRN_ASSERT(read.has_value());
    return *std::move(read);
  }
  [[nodiscard]] std::size_t timers_pending() const noexcept { return timers_.size(); }
  [[nodiscard]] timestamp now() const noexcept { return now_; }

 private:
  using command = cairn::detail::reaction_list::command;
  struct waiting_command {
    command what;
    unsigned attempts = 1;
  };
  /// (instance, name)
  using timer_id = std::pair<std::string, std::string>;

  void begin() {
    sent_.clear();
    retry_after_.reset();
  }

  reacted<M> finish(const result<void>& done, place where) {
    std::optional<error> failed;
    if (!done) failed = done.error();
    return {std::move(failed), std::exchange(sent_, {}), retry_after_, where};
  }

  template <class Code>
  result<void> step(
      std::string_view what, const std::string& instance, timestamp time, bool ends, Code&& code) {
    std::optional<byte_view> stored;
    const auto found = instances_.find(instance);
    if (found != instances_.end()) stored = as_bytes(found->second);
    byte_buffer after;
    cairn::detail::reaction_list then;
    if (auto done = cairn::detail::run_instance<M>(
            what, stored, instance, time, after, then, std::forward<Code>(code));
        !done) {
      return done;
    }
    take(instance, then);
    if (ends || then.ended) {
      instances_.erase(instance);
      std::erase_if(timers_, [&](const auto& one) { return one.first.second.first == instance; });
    } else {
      instances_[instance] = std::string{after.text()};
    }
    return {};
  }

  void take(const std::string& instance, const cairn::detail::reaction_list& then) {
    auto& pending = pending_[instance];
    retry_after_ = then.retry_after;
    if (then.drops_pending) pending.clear();
    for (const command& one : then.commands) {
      pending.push_back({one});
      sent_.push_back(one);
    }
    for (const auto& one : then.timers) {
      const timer_id id{instance, one.name};
      std::erase_if(timers_, [&](const auto& known) { return known.first.second == id; });
      if (one.due) timers_.emplace(std::pair{*one.due, id}, one.period);
    }
  }

  template <class A>
  reacted<M> refuse(const std::string& instance,
                    const cairn::detail::erased_outcome& outcome,
                    place where) {
    auto& pending = pending_[instance];
    CAIRN_ASSERT(!pending.empty());
    waiting_command answered = pending.front();
    pending.pop_front();
    begin();
    // Whoever asked is over.
    if (!instances_.contains(instance)) return finish({}, where);
    using target = cairn::detail::place_in<A, typename M::targets>;
    CAIRN_ASSERT(answered.what.target == target::value);
    const cairn::detail::refused_command told{.target = answered.what.target,
                                              .aggregate_id = answered.what.aggregate_id,
                                              .bytes = as_bytes(answered.what.bytes),
                                              .outcome = outcome,
                                              .attempts = answered.attempts};
    auto done = step("on_rejected or on_failed", instance, now_, false, [&](state& at, auto& then) {
      (void)cairn::detail::manager_target<M, A>::refused(at, told, then);
    });
    if (retry_after_) {
      ++answered.attempts;
      pending.push_front(std::move(answered));
    }
    return finish(done, where);
  }

  timestamp now_;
  std::string correlation_;
  std::uint64_t offset_ = 0;
  std::map<std::string, std::uint64_t> versions_;
  std::map<std::string, std::string> instances_;
  std::map<std::string, std::deque<waiting_command>> pending_;
  std::map<std::pair<timestamp, timer_id>, std::chrono::nanoseconds> timers_;
  std::vector<command> sent_;
  /// The last step asked for its command to be sent once more.
  std::optional<std::chrono::nanoseconds> retry_after_;
};

}  // namespace cairn::testing

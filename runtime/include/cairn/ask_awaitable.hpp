#pragma once

#include "cairn/ask.hpp"

#include <coroutine>
#include <optional>
#include <utility>

namespace cairn {

template <class A> class aggregate_handle;

/// A command that a coroutine sends and waits for. Made by aggregate_handle::co_ask, awaited once:
///
///   auto asked = ann.co_ask(deposit{5}, {.command_id = "req-7"});
///   const auto out = co_await asked;
///
/// In two statements, and nothing else compiles: GCC 12 destroys temporaries such as `deposit{5}`
/// twice when they stand in the co_await expression itself.
///
/// The coroutine goes on in the thread that brings the answer, one of Cairn's, or in its own when
/// the command fails at once. There it must not block: it may send further commands and await them,
/// or move to an executor of its own.
///
/// @tparam Wish an `A::command`, or the type of a command that names a reply
template <class A, class Wish = typename A::command> class [[nodiscard]] ask_awaitable {
 public:
  using outcome_type = outcome_of<A, Wish>;

  ask_awaitable(aggregate_handle<A> to, Wish wish, ask_options options)
      : to_(std::move(to)), wish_(std::move(wish)), options_(std::move(options)) {}

  class awaiter {
   public:
    explicit awaiter(ask_awaitable& asked) : asked_(asked) {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    void await_suspend(std::coroutine_handle<> waiting) {
      // The answer may come, and the coroutine go on and end, before `ask` returns: nothing of
      // these objects may be touched behind it.
      ask_awaitable& asked = asked_;
      const aggregate_handle<A> to = asked.to_;
      to.ask(
          std::move(asked.wish_), std::move(asked.options_), [&asked, waiting](outcome_type what) {
            asked.outcome_.emplace(std::move(what));
            waiting.resume();
          });
    }

    [[nodiscard]] outcome_type await_resume() { return *std::move(asked_.outcome_); }

   private:
    ask_awaitable& asked_;
  };

  [[nodiscard]] awaiter operator co_await() & { return awaiter{*this}; }
  void operator co_await() && = delete;

 private:
  aggregate_handle<A> to_;
  Wish wish_;
  ask_options options_;
  std::optional<outcome_type> outcome_;
};

}  // namespace cairn

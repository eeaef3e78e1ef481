#pragma once

#include "cairn/atomic.hpp"
#include "cairn/detail/runtime_face.hpp"

#include <coroutine>
#include <optional>
#include <utility>
#include <vector>

namespace cairn {

/// An atomic commit that a coroutine asks for and waits for. Made by runtime::co_ask_atomically,
/// awaited once:
///
///   auto asked = app->co_ask_atomically({}, ann.part(withdraw{5}), bob.part(deposit{5}));
///   const auto out = co_await asked;
///
/// In two statements, and nothing else compiles: GCC 12 destroys temporaries such as `withdraw{5}`
/// twice when they stand in the co_await expression itself.
///
/// The coroutine goes on in the thread that brings the answer, one of Cairn's, or in its own when
/// the commit fails at once. There it must not block: it may send further commands and await them,
/// or move to an executor of its own. Nothing happens until it is awaited.
class [[nodiscard]] atomic_awaitable {
 public:
  atomic_awaitable(detail::runtime_face& face, ask_options options, std::vector<atomic_part> parts)
      : face_(&face), options_(std::move(options)), parts_(std::move(parts)) {}

  class awaiter {
   public:
    explicit awaiter(atomic_awaitable& asked) : asked_(asked) {}

    [[nodiscard]] bool await_ready() const noexcept { return false; }

    void await_suspend(std::coroutine_handle<> waiting) {
      // The answer may come, and the coroutine go on and end, before `ask_atomically` returns:
      // nothing of these objects may be touched behind it.
      atomic_awaitable& asked = asked_;
      asked.face_->ask_atomically(std::move(asked.options_),
                                  std::move(asked.parts_),
                                  [&asked, waiting](atomic_outcome what) {
                                    asked.outcome_.emplace(std::move(what));
                                    waiting.resume();
                                  });
    }

    [[nodiscard]] atomic_outcome await_resume() { return *std::move(asked_.outcome_); }

   private:
    atomic_awaitable& asked_;
  };

  [[nodiscard]] awaiter operator co_await() & { return awaiter{*this}; }
  void operator co_await() && = delete;

 private:
  detail::runtime_face* face_;
  ask_options options_;
  std::vector<atomic_part> parts_;
  std::optional<atomic_outcome> outcome_;
};

}  // namespace cairn

#pragma once

#include "cairn/detail/guarded.hpp"
#include "cairn/detail/read_model_access.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_model.hpp"
#include "cairn/reader.hpp"
#include "cairn/result.hpp"

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// Asking a read model and then following it: no moment between the answer and the updates.
//
//   auto watched = app.watch<balances>(balance_of{"ann"});
//   show(watched->first());
//   while (auto news = watched->next(1s))         // an error: the watch is over
//     if (*news) show(*(*news)->update);          // nothing: none came in that second

namespace cairn {

/// How a read model is to be watched.
struct watch_options {
  // What the first answer must show, as in read_options.
  std::optional<position> at_least = {};
  bool caught_up = false;
  std::chrono::nanoseconds timeout = std::chrono::seconds{5};
  std::vector<position> at_least_all = {};
  bool built = false;
  /// Updates that may wait to be taken; one more ends the watch (overloaded). 0 is taken for 1.
  std::size_t buffer = 1000;
};

/// An update of the read model `M`. Shared by all who watch.
template <class M> struct emitted {
  /// Of the event that it was emitted for.
  cairn::position position;
  std::shared_ptr<const typename M::updates> update;
};

/// `static bool concerns(const Question&, const UPDATE&)`: which updates who asks this is told.
/// UPDATE is `M::updates`, or one of its types: those without are all told.
template <class M, class Question, class Update>
concept says_what_concerns = requires(const Question& question, const Update& update) {
  { M::concerns(question, update) } -> std::convertible_to<bool>;
};

/// A watch on a read model that emits updates. Made by runtime::watch. Any thread, but one reader
/// at a time; dropping it ends the watch. May outlive the runtime, of which it then says
/// shutting_down.
///
/// It ends, and every further next() says so: overloaded, when more updates would have to wait than
/// the buffer holds (what waits is dropped); stale, when the read model was begun anew, or lost
/// updates in trouble with its disk: watch again; stopped, with the read model;
/// shutting_down, with the runtime. What waited before the last three is still given.
template <class M, class Question> class watching {
 public:
  using answer = typename Question::answer;
  using update = emitted<M>;

  watching(std::shared_ptr<detail::watcher> inside, answer first)
      : inside_(std::move(inside)), first_(std::move(first)) {}
  watching(watching&&) noexcept = default;
  watching& operator=(watching&& other) noexcept {
    if (this != &other) {
      end();
      inside_ = std::move(other.inside_);
      first_ = std::move(other.first_);
    }
    return *this;
  }
  ~watching() { end(); }

  /// The answer from the picture that the updates begin behind.
  [[nodiscard]] const answer& first() const noexcept { return first_; }

  /// The next update, in the order of its partition; nothing when none came in time; or what ended
  /// the watch. Blocks. Not after each(), nor from a callback of Cairn.
  [[nodiscard]] result<std::optional<update>> next(std::chrono::nanoseconds timeout) {
    auto came = inside_->next(timeout);
    if (!came) return came.error();
    if (!came->has_value()) return std::optional<update>{};
    return std::optional<update>{typed(**came)};
  }

  /// From now on calls `told(result<emitted<M>>)` instead: with each update, one at a time, in the
  /// end once with what ended the watch (not when end() did). By a thread that all callbacks of the
  /// read model share: who blocks there delays the others, and not the read model. It must not
  /// throw. Once.
  template <std::invocable<result<update>> Callback> void each(Callback told) {
    inside_->each([told = std::move(told)](result<detail::emitted_update> came) mutable {
      told(came ? result<update>{typed(*came)} : result<update>{came.error()});
    });
  }

  /// Ends the watch. Afterwards no callback is called, and none is running but the one that this is
  /// called from. A second call does nothing.
  void end() {
    if (inside_) inside_->close();
  }

 private:
  static update typed(const detail::emitted_update& from) {
    return {from.at, std::static_pointer_cast<const typename M::updates>(from.what)};
  }

  std::shared_ptr<detail::watcher> inside_;
  answer first_;
};

/// A watch on a read model without updates: the whole answer again, whenever it has changed. Made
/// by runtime::watch; must not outlive the runtime. One thread. It ends as `watching` does, but is
/// never overloaded: answers in between may be passed over.
template <class M, class Question> class watching_answers {
 public:
  using answer = typename Question::answer;

  watching_answers(std::shared_ptr<detail::watcher> inside,
                   detail::read_model_access* model,
                   Question question,
                   answer first)
      : inside_(std::move(inside)),
        model_(model),
        question_(std::move(question)),
        newest_(std::move(first)) {}
  watching_answers(watching_answers&&) noexcept = default;
  watching_answers& operator=(watching_answers&&) = delete;
  ~watching_answers() { end(); }

  /// The newest answer that was given here, at first that of the beginning.
  [[nodiscard]] const answer& newest() const noexcept { return newest_; }

  /// The answer, once it is another one than the last; nothing when it was not in time; or what
  /// ended the watch, or an error of reader::ask. Blocks.
  [[nodiscard]] result<std::optional<answer>> next(std::chrono::nanoseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + std::min(timeout, longest);
    for (;;) {
      auto came = inside_->next(deadline - std::chrono::steady_clock::now());
      if (!came) return came.error();
      if (!came->has_value()) return std::optional<answer>{};
      auto now = reader<M>{model_, {}}.ask(question_);
      if (!now) return now.error();
      if (*now == newest_) continue;
      newest_ = *std::move(now);
      return std::optional<answer>{newest_};
    }
  }

  /// As watching::end.
  void end() {
    if (inside_) inside_->close();
  }

 private:
  static constexpr std::chrono::nanoseconds longest = std::chrono::hours{24 * 365};

  std::shared_ptr<detail::watcher> inside_;
  detail::read_model_access* model_;
  Question question_;
  answer newest_;
};

namespace detail {

template <class M, class Question> struct watch_kind {
  using type = watching_answers<M, Question>;
};
template <emits_updates M, class Question> struct watch_kind<M, Question> {
  using type = watching<M, Question>;
};

// Not within the lambda below: Clang 14 would read both branches there.
template <class M, class Question, class Update>
[[nodiscard]] bool is_concerned_by_one(const Question& question, const Update& update) {
  if constexpr (says_what_concerns<M, Question, Update>) {
    return static_cast<bool>(M::concerns(question, update));
  } else {
    return true;
  }
}

template <class M, class Question>
[[nodiscard]] bool is_concerned(const Question& question, const typename M::updates& what) {
  if constexpr (says_what_concerns<M, Question, typename M::updates>) {
    return M::concerns(question, what);
  } else {
    return std::visit(
        [&question](const auto& update) { return is_concerned_by_one<M>(question, update); }, what);
  }
}

template <class M, class Question>
[[nodiscard]] watcher::options watcher_options_for(const Question& question, std::size_t buffer) {
  watcher::options wish;
  if constexpr (emits_updates<M>) {
    wish.buffer_max = buffer == 0 ? 1 : buffer;
    wish.concerns = [question](const void* what) {
      try {
        const auto& update = *static_cast<const typename M::updates*>(what);
        return is_concerned<M>(question, update) ? concern::yes : concern::no;
      } catch (...) {
        return concern::threw;
      }
    };
  } else {
    wish.coalesce = true;
  }
  return wish;
}

}  // namespace detail

/// What runtime::watch gives for this question.
template <class M, class Question> using watch_of = typename detail::watch_kind<M, Question>::type;

namespace detail {

/// The body of runtime::watch.
template <class M, class Question>
[[nodiscard]] result<watch_of<M, Question>> begin_watch(result<read_model_access*> model,
                                                        Question question,
                                                        watch_options options) {
  static_assert(answers<M, Question>,
                "cairn: this read model needs `static QUESTION::answer query(const state& or "
                "tables&, const QUESTION&)` for this QUESTION");
  using answer = typename Question::answer;
  const read_options first{.at_least = options.at_least,
                           .caught_up = options.caught_up,
                           .timeout = options.timeout,
                           .at_least_all = std::move(options.at_least_all),
                           .built = options.built};
  if (auto ready = reader<M>{model, first}.wait_to_watch(); !ready) return ready.error();
  std::optional<answer> made;
  result<void> asked;
  const auto ask = [&](const void* picture) {
    asked = guarded("query", [&] {
      made.emplace(M::query(*static_cast<const picture_of<M>*>(picture), question));
    });
  };
  auto watch = (*model)->watch(watcher_options_for<M>(question, options.buffer), ask);
  if (!watch) return watch.error();
  if (!asked) {
    (*watch)->close();
    return asked.error();
  }
  if constexpr (emits_updates<M>) {
    return watching<M, Question>{*std::move(watch), *std::move(made)};
  } else {
    static_assert(std::equality_comparable<answer>,
                  "cairn: a read model without `updates` is watched by its answers, which need "
                  "`bool operator==(const ANSWER&) const = default;`");
    return watching_answers<M, Question>{
        *std::move(watch), *model, std::move(question), *std::move(made)};
  }
}

}  // namespace detail

}  // namespace cairn

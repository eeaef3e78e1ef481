#pragma once

#include "cairn/detail/guarded.hpp"
#include "cairn/detail/read_model_access.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_model.hpp"
#include "cairn/read_model_status.hpp"
#include "cairn/result.hpp"
#include "cairn/slice.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cairn {

/// What a query demands of the picture that it is answered from.
struct read_options {
  /// The read model has applied this event: a receipt's position, to read one's own writes.
  std::optional<position> at_least = {};
  /// It has applied everything that was durable when the query came.
  bool caught_up = false;
  /// How long a query waits for that; 0: not at all.
  std::chrono::nanoseconds timeout = std::chrono::seconds{5};
  /// Like at_least, for several partitions.
  std::vector<position> at_least_all = {};
  /// The read model has once had everything that was recorded when it began from nothing. Without
  /// it, one that is on its way there answers from what it has.
  bool built = false;
};

/// Asks the read model `M`. Any thread; cheap to copy; must not outlive the runtime.
template <class M> class reader {
 public:
  /// Made by runtime::read.
  /// @param model or why there is none: everything here then answers that
  reader(result<detail::read_model_access*> model, read_options options)
      : model_(std::move(model)), options_(std::move(options)) {}

  /// The answer of `M::query`, from one consistent picture of the read model. Blocks until the
  /// picture shows what the options demand; without demands, only while a batch is applied in
  /// memory.
  ///
  /// A picture may show more than was demanded. `M::query` must not ask a read model itself. Until
  /// a new version has been built, `M::former` answers, if M names one; what it cannot answer waits
  /// for the new one. Of a read model in parts the answers are put together by `M::merge`, from
  /// pictures that are taken one after the other; any part's error is the answer.
  /// stale: the read model did not come so far in time; the detail says where it is.
  /// stopped: it has stopped on an error; the detail says on which event.
  /// user_code_threw: `M::query` threw. bad_input: a partition that there is not; the
  /// read model is in parts, and the question cannot be asked of them. shutting_down.
  /// unknown_name: the read model was not added to the runtime. corrupt, storage_failed: a table
  /// could not be read.
  template <class Query>
  [[nodiscard]] result<typename Query::answer> ask(const Query& question) const {
    static_assert(answers<M, Query>,
                  "cairn: this read model needs `static QUERY::answer query(const state& or "
                  "tables&, const QUERY&)` for this QUERY");
    constexpr bool needs_own = names_former<M> && !former_answers<M, Query>;
    if (!model_) return model_.error();
    const std::size_t parts = (*model_)->parts();
    std::optional<std::size_t> part;
    if (parts > 1) {
      if constexpr (routes_question<M, Query>) {
        const auto routed = detail::guarded(
            "route", [&] { part = M::route(question) / (slice_count / parts) % parts; });
        if (!routed) return routed.error();
      }
    }
    if (auto ready = wait_for(needs_own, part); !ready) return ready.error();
    if (parts == 1 || part) return ask_part(question, part.value_or(0));
    if constexpr (merges_answers<M, Query>) {
      return ask_all(question, parts);
    } else {
      return error{error::code::bad_input,
                   "read model " + std::string{M::stable_name} +
                       " is kept in parts, and has neither `merge` nor `route` for this question"};
    }
  }

  /// Blocks until a picture would show what the options demand; errors as of ask().
  [[nodiscard]] result<void> wait() const { return wait_for(false, {}); }

  /// The same for a watch, which cannot begin with a former version.
  [[nodiscard]] result<void> wait_to_watch() const { return wait_for(names_former<M>, {}); }

  /// How far the read model has come, for each partition. Does not wait.
  [[nodiscard]] result<std::vector<position>> checkpoints() const {
    if (!model_) return model_.error();
    return (*model_)->checkpoints();
  }
  [[nodiscard]] result<read_model_status> status() const {
    if (!model_) return model_.error();
    return (*model_)->status();
  }

 private:
  /// The answer from the picture of one part.
  template <class Query>
  [[nodiscard]] result<typename Query::answer> ask_part(const Query& question,
                                                        std::size_t part) const {
    std::optional<typename Query::answer> answer;
    result<void> asked;
    const auto put_to = [&]<class Model>(std::type_identity<Model> /*which*/) {
      return [&](const void* picture) {
        asked = detail::guarded("query", [&] {
          answer.emplace(Model::query(*static_cast<const picture_of<Model>*>(picture), question));
        });
      };
    };
    detail::picture_visit who{.own = put_to(std::type_identity<M>{}), .part = part};
    if constexpr (former_answers<M, Query>) {
      who.former = put_to(std::type_identity<typename M::former>{});
    }
    const auto looked = (*model_)->look(who);
    if (!looked) return looked.error();
    if (!asked) return asked.error();
    return *std::move(answer);
  }

  template <class Query>
  [[nodiscard]] result<typename Query::answer> ask_all(const Query& question,
                                                       std::size_t parts) const {
    std::vector<typename Query::answer> answers;
    for (std::size_t i = 0; i < parts; ++i) {
      auto one = ask_part(question, i);
      if (!one) return one;
      answers.push_back(*std::move(one));
    }
    std::optional<typename Query::answer> all;
    const auto merged =
        detail::guarded("merge", [&] { all.emplace(M::merge(question, std::move(answers))); });
    if (!merged) return merged.error();
    return *std::move(all);
  }

  [[nodiscard]] result<void> wait_for(bool own_version, std::optional<std::size_t> part) const {
    if (!model_) return model_.error();
    std::vector<position> all_of = options_.at_least_all;
    if (options_.at_least) all_of.push_back(*options_.at_least);
    if (all_of.empty() && !options_.caught_up && !options_.built && !own_version) return {};
    return (*model_)->wait_for({.all_of = all_of,
                                .caught_up = options_.caught_up,
                                .built = options_.built,
                                .own_version = own_version,
                                .timeout = options_.timeout,
                                .part = part});
  }

  result<detail::read_model_access*> model_;
  read_options options_;
};

}  // namespace cairn

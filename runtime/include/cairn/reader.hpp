#pragma once

#include "cairn/detail/read_model_access.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_model.hpp"
#include "cairn/read_model_status.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <exception>
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
  /// for the new one.
  /// stale: the read model did not come so far in time; the detail says where it is.
  /// stopped: it has stopped on an error; the detail says on which event.
  /// user_code_threw: `M::query` threw. bad_input: a partition that there is not. shutting_down.
  /// unknown_name: the read model was not added to the runtime. corrupt, storage_failed: a table
  /// could not be read.
  template <class Query>
  [[nodiscard]] result<typename Query::answer> ask(const Query& question) const {
    static_assert(answers<M, Query>,
                  "cairn: this read model needs `static QUERY::answer query(const state& or "
                  "tables&, const QUERY&)` for this QUERY");
    constexpr bool needs_own = names_former<M> && !former_answers<M, Query>;
    if (auto ready = wait_for(needs_own); !ready) return ready.error();
    std::optional<typename Query::answer> answer;
    std::string thrown = "query threw something strange";
    const auto put_to = [&]<class Model>(std::type_identity<Model> /*which*/) {
      return [&](const void* picture) {
        try {
          answer.emplace(Model::query(*static_cast<const picture_of<Model>*>(picture), question));
        } catch (const std::exception& what) {
          thrown = std::string{"query: "} + what.what();
        } catch (...) {
          // `thrown` says so already.
        }
      };
    };
    detail::picture_visit who{.own = put_to(std::type_identity<M>{})};
    if constexpr (former_answers<M, Query>) {
      who.former = put_to(std::type_identity<typename M::former>{});
    }
    const auto looked = (*model_)->look(who);
    if (!looked) return looked.error();
    if (!answer) return error{error::code::user_code_threw, std::move(thrown)};
    return *std::move(answer);
  }

  /// Blocks until a picture would show what the options demand; errors as of ask().
  [[nodiscard]] result<void> wait() const { return wait_for(false); }

  /// The same for a watch, which cannot begin with a former version.
  [[nodiscard]] result<void> wait_to_watch() const { return wait_for(names_former<M>); }

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
  [[nodiscard]] result<void> wait_for(bool own_version) const {
    if (!model_) return model_.error();
    std::vector<position> all_of = options_.at_least_all;
    if (options_.at_least) all_of.push_back(*options_.at_least);
    if (all_of.empty() && !options_.caught_up && !options_.built && !own_version) return {};
    return (*model_)->wait_for({.all_of = all_of,
                                .caught_up = options_.caught_up,
                                .built = options_.built,
                                .own_version = own_version,
                                .timeout = options_.timeout});
  }

  result<detail::read_model_access*> model_;
  read_options options_;
};

}  // namespace cairn

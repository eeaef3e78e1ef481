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
  /// A picture may show more than was demanded. `M::query` must not ask a read model itself.
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
    if (auto ready = wait(); !ready) return ready.error();
    std::optional<typename Query::answer> answer;
    std::string thrown = "query threw something strange";
    const auto looked = (*model_)->look([&](const void* picture) {
      try {
        answer.emplace(M::query(*static_cast<const picture_of<M>*>(picture), question));
      } catch (const std::exception& what) {
        thrown = std::string{"query: "} + what.what();
      } catch (...) {
        // `thrown` says so already.
      }
    });
    if (!looked) return looked.error();
    if (!answer) return error{error::code::user_code_threw, std::move(thrown)};
    return *std::move(answer);
  }

  /// Blocks until a picture would show what the options demand; errors as of ask().
  [[nodiscard]] result<void> wait() const {
    if (!model_) return model_.error();
    std::vector<position> all_of = options_.at_least_all;
    if (options_.at_least) all_of.push_back(*options_.at_least);
    if (all_of.empty() && !options_.caught_up) return {};
    return (*model_)->wait_for(all_of, options_.caught_up, options_.timeout);
  }

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
  result<detail::read_model_access*> model_;
  read_options options_;
};

}  // namespace cairn

#pragma once

#include "cairn/detail/event_reader.hpp"
#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/detail/typed_read_model.hpp"
#include "cairn/reader.hpp"
#include "cairn/testing.hpp"
#include "cairn/testing/journal_probe.hpp"
#include "cairn/testing/observed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::testing {

namespace detail {

/// Feeds one read model from a probe, as a runtime does, on a view in memory that outlives its
/// restarts. One thread.
class read_model_bench {
 public:
  /// @pre `type` and `journal` outlive it
  read_model_bench(const cairn::detail::read_model_type& type, journal_probe& journal);
  read_model_bench(const read_model_bench&) = delete;
  read_model_bench& operator=(const read_model_bench&) = delete;
  ~read_model_bench();

  /// Saves what it has, or (`crash`) loses what it has not saved, and ends.
  void stop(bool crash = false);
  /// Starts where it left off and waits until everything in the journal is applied. What stopped
  /// the model, if something did.
  [[nodiscard]] result<void> start();
  void fail_next_store(error why);
  /// Null unless it is started.
  [[nodiscard]] cairn::detail::read_model_access* access() const noexcept;

 private:
  class body;
  std::unique_ptr<body> body_;
};

}  // namespace detail

/// A read model over a list of events, fed as a runtime feeds it:
///
///   read_model_kit<total> kit;
///   kit.given<account>("ann", deposited{5}).given<account>("bob", deposited{6});
///   ASSERT_TRUE(kit.run_until(1));
///   kit.expect(total::question{}, 5);
///   ASSERT_TRUE(kit.run());
///   kit.expect(total::question{}, 11);
///
/// The model is stopped and started between two runs, so that each test is also one of its saved
/// state. One thread.
template <class M> class read_model_kit {
 public:
  read_model_kit() { type_.read_by(reader_); }

  /// Lists an event of the aggregate as the next one. Also those that the model does not want.
  template <class A, class Event>
  read_model_kit& given(aggregate_id id,
                        const Event& fact,
                        int line = __builtin_LINE(),
                        const char* file = __builtin_FILE()) {
    if (!detail::is_kept_for<A>(fact)) {
      ADD_FAILURE_AT(file, line) << M::stable_name << ": the event "
                                 << detail::how_event_changed<A>(fact);
    }
    if constexpr (cairn::detail::takes_every_event<M>) know<A>();
    listed_.push_back([id = std::move(id), fact](journal_probe& journal) {
      journal.template persist_for_recovery<A>(id, fact);
    });
    return *this;
  }

  /// Applies the listed events up to the n-th, those that have been applied before only once.
  /// stopped: the model has stopped; the detail tells why, `user_code_threw` for one.
  /// @pre n <= number of listed events
  [[nodiscard]] result<void> run_until(std::size_t n) {
    CAIRN_ASSERT(n <= listed_.size());
    bench_.stop();
    return go_on(n);
  }
  /// Applies all of them.
  [[nodiscard]] result<void> run() { return run_until(listed_.size()); }

  /// The same after the process died: what the model had not saved is applied again.
  [[nodiscard]] result<void> crash_and_run() {
    bench_.stop(true);
    return go_on(listed_.size());
  }

  /// The next transaction of the tables, or saving of the state, fails with this: nothing of it is
  /// kept. The model tries again; its answers must be as if nothing had been.
  void fail_next_store(error why) { bench_.fail_next_store(std::move(why)); }
  /// To make reading fail, and to look.
  [[nodiscard]] journal_probe& journal() noexcept { return journal_; }

  /// bad_input: nothing has been run.
  template <class Query> [[nodiscard]] result<typename Query::answer> ask(const Query& question) {
    auto* const model = bench_.access();
    if (model == nullptr) return error{error::code::bad_input, "the read model has not been run"};
    return reader<M>{model, {}}.ask(question);
  }

  /// Fails the test unless this is the answer. Answers need `==`.
  template <class Query>
  void expect(const Query& question,
              const typename Query::answer& expected,
              int line = __builtin_LINE(),
              const char* file = __builtin_FILE()) {
    const auto answer = ask(question);
    if (!answer) {
      ADD_FAILURE_AT(file, line) << M::stable_name << ": " << describe(answer.error());
    } else if (!(*answer == expected)) {
      ADD_FAILURE_AT(file, line) << M::stable_name << ": expected the answer "
                                 << ::testing::PrintToString(expected) << ", it was "
                                 << ::testing::PrintToString(*answer);
    }
  }

 private:
  [[nodiscard]] result<void> go_on(std::size_t n) {
    for (; stored_ < n; ++stored_)
      listed_[stored_](journal_);
    return bench_.start();
  }

  /// Adds the aggregate type to those that every_event is read by.
  template <class A> void know() {
    const auto added = types_.try_emplace(A::stable_name);
    if (!added.second) return;
    added.first->second = std::make_unique<cairn::detail::typed_aggregate<A>>();
    reader_.add(*added.first->second);
  }

  std::map<std::string_view, std::unique_ptr<cairn::detail::aggregate_type>> types_;
  cairn::detail::event_reader reader_;
  cairn::detail::typed_read_model<M> type_;
  journal_probe journal_;
  detail::read_model_bench bench_{type_, journal_};
  std::vector<std::function<void(journal_probe&)>> listed_;
  std::size_t stored_ = 0;
};

}  // namespace cairn::testing

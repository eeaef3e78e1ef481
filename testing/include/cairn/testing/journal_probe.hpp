#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/codec.hpp"
#include "cairn/persistence/block_log.hpp"
#include "cairn/testing.hpp"
#include "cairn/testing/persisted_event.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cairn::testing {

/// A journal that a test looks into, and that fails when the test says so:
///
///   journal_probe journal;
///   auto app = cairn::builder{settings}.add<account>().journal_from(journal.source()).start();
///   journal.fail_next({error::code::storage_failed, "the test says so"});
///
/// It wraps other logs (in memory, unless others are given), which live as long as it does: a
/// runtime that is started again on its source finds what the one before has stored, as after a
/// crash. Two runtimes at once fence each other, as two processes would.
///
/// Any thread. A runtime that holds logs of it may outlive it, but then nobody can release() them.
class journal_probe {
 public:
  /// Whether what a failing append was to store is stored all the same: with `uncertain`, and when
  /// a process dies between the append and its answer, it may be.
  enum class fate : std::uint8_t { lost, stored };

  /// Sees the events of one append: those of all commands in the group. Must not call the probe.
  using predicate = std::function<bool(std::span<const persisted_event>)>;

  /// How long the functions that wait do so at most. Only a test that fails waits so long.
  static constexpr std::chrono::seconds patience{30};

  explicit journal_probe(std::uint16_t partitions = 1);
  /// Wraps these logs; each is asked for once, when it is needed first.
  explicit journal_probe(persistence::log_source wrapped, std::uint16_t partitions = 1);
  journal_probe(const journal_probe&) = delete;
  journal_probe& operator=(const journal_probe&) = delete;
  /// release()s.
  ~journal_probe();

  /// For builder::journal_from, or for anything else that opens a log.
  [[nodiscard]] persistence::log_source source() const;

  // -- faults of appends. A fault strikes one append, that is one group: several commands, when
  // they come at once. storage_failed, corrupt, uncertain and fenced end writing until the next
  // start.

  void fail_next(error why, fate what = fate::lost) { fail_nth(1, std::move(why), what); }
  /// The n-th append from now on. @pre n > 0
  void fail_nth(std::uint64_t n, error why, fate what = fate::lost);
  /// Each append for which it holds, until heal().
  void fail_when(predicate holds, error why, fate what = fate::lost);
  /// The next append is refused with store_full: certainly nothing stored, and it can go on.
  void reject_next() { fail_next({error::code::store_full, "the probe says so"}); }

  // -- faults of reading: they strike where a reader is opened. An index that meets one has stopped
  // until the next start.

  /// Each, until heal().
  void fail_reads(error why);
  /// The next one, whoever opens it.
  void fail_next_read(error why) { fail_nth_read(1, std::move(why)); }
  /// The n-th one from now on. @pre n > 0
  void fail_nth_read(std::uint64_t n, error why);

  /// Takes all faults back, also those that have not struck yet.
  void heal();

  // -- a slow disk

  /// Appends wait before anything is stored, until release(); a fault that is set meanwhile strikes
  /// the one that waits. A runtime that is stopped waits too.
  void hold();
  /// The same for the next append alone; those behind it wait for it anyway.
  void hold_next();
  void release();
  /// Blocks until an append waits; false when none came in time.
  [[nodiscard]] bool wait_until_held();

  // -- what has been stored

  /// Blocks until an event is stored that this has not returned before, in the order of storing.
  /// timed_out: none came.
  [[nodiscard]] result<persisted_event> next_persisted();

  /// Fails the test unless the next stored event is this one.
  template <class Event>
  void expect_next(const Event& expected,
                   int line = __builtin_LINE(),
                   const char* file = __builtin_FILE()) {
    const auto next = next_persisted();
    if (!next) {
      ADD_FAILURE_AT(file, line) << "expected " << Event::stable_name << to_json(expected)
                                 << ", but no event was stored";
      return;
    }
    const auto actual = next->template as<Event>();
    if (actual && *actual == expected) return;
    ADD_FAILURE_AT(file, line) << "expected " << Event::stable_name << to_json(expected)
                               << ", stored was " << next->describe()
                               << (actual ? to_json(*actual) : std::string{});
  }

  /// Fails the test when an event is stored that next_persisted() has not returned. Does not wait:
  /// to be asked once the commands are answered.
  void expect_nothing_more(int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
    if (const auto more = unseen(); !more.empty()) {
      ADD_FAILURE_AT(file, line) << "stored was also " << more.front().describe();
    }
  }

  /// Every event in the logs, by partition and offset, whoever has stored it; faults do not
  /// strike here. corrupt.
  [[nodiscard]] result<std::vector<persisted_event>> events() const;

  /// The events of one aggregate, in order, as they are read today: without those that were
  /// dropped. A test that asks for what cannot be read has failed.
  template <class A> [[nodiscard]] std::vector<typename A::event> events_of(aggregate_id id) const {
    std::vector<typename A::event> found;
    const auto all = events();
    if (!all) {
      ADD_FAILURE() << "the journal cannot be read: " << describe(all.error());
      return found;
    }
    for (const persisted_event& one : *all) {
      if (one.aggregate_type != A::stable_name || one.aggregate_id != id.text()) continue;
      auto read = cairn::testing::events_of<A>(one);
      if (read) {
        std::move(read->begin(), read->end(), std::back_inserter(found));
      } else {
        ADD_FAILURE() << one.describe() << " cannot be read back: " << describe(read.error());
      }
    }
    return found;
  }

  /// Stores events behind those that the aggregate has, as a past for a runtime that is started
  /// later. They count as seen. @pre no runtime runs on the probe: it would be fenced
  template <class A>
  void persist_for_recovery(aggregate_id id, const std::vector<typename A::event>& facts) {
    std::vector<detail::encoded_event> events;
    for (const auto& fact : facts) {
      events.push_back(std::visit(
          [](const auto& one) { return detail::encode_for<A>(one, event_codec::binary); }, fact));
    }
    // The aggregate's name, then those of its events.
    std::vector<std::string> names{std::string{A::stable_name}};
    const auto& written = cairn::detail::written_names<A>;
    names.insert(names.end(), written.begin(), written.end());
    if (auto done = persist(names, id.text(), events); !done) {
      ADD_FAILURE() << "nothing could be stored: " << describe(done.error());
    }
  }
  /// The same, with the events one by one.
  template <class A, class... Facts>
  void persist_for_recovery(aggregate_id id, const Facts&... facts) {
    persist_for_recovery<A>(std::move(id), std::vector<typename A::event>{facts...});
  }
  /// When persist_for_recovery says that its events were recorded; never before what is stored.
  void record_at(timestamp time);

 private:
  class body;
  class log;

  [[nodiscard]] result<void> persist(const std::vector<std::string>& names,
                                     const std::string& id,
                                     const std::vector<detail::encoded_event>& events);
  [[nodiscard]] std::vector<persisted_event> unseen() const;

  std::shared_ptr<body> body_;
};

}  // namespace cairn::testing

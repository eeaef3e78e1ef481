#pragma once

#include "support/read_model_fixture.hpp"

#include "cairn/dead_letter.hpp"

#include <limits>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace cairn::tests {

/// Which deposits are refused, by their cents, and how often still. Any thread.
struct fault_plan {
  static constexpr int for_ever = std::numeric_limits<int>::max();

  static void refuse(std::int64_t cents, int times = for_ever) {
    const std::lock_guard lock{mutex};
    left[cents] = times;
  }
  static void mend() {
    const std::lock_guard lock{mutex};
    left.clear();
  }
  static void meet(std::int64_t cents) {
    const std::lock_guard lock{mutex};
    const auto found = left.find(cents);
    if (found == left.end() || found->second == 0) return;
    if (found->second != for_ever) --found->second;
    throw std::runtime_error{"no deposits of " + std::to_string(cents)};
  }

  static inline std::mutex mutex;
  static inline std::map<std::int64_t, int> left;
};

/// Asks for the deposits that stand under a key, in the order in which they were applied.
struct deposits_of {
  using answer = std::string;
  std::string key;
};
/// All of them.
struct all_deposits {
  using answer = std::map<std::string, std::string>;
};

/// In tables: the deposits of each account. Refuses what the plan says, after it has changed a row.
struct fallible_tables {
  static constexpr std::string_view stable_name = "test.fallible_tables";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<some_of<bank_account, deposited>>;
  struct tables {
    table<std::string, std::string> by_account;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      fields(ar, field("by_account", by_account));
    }
  };
  static void apply(tables& now, const recorded<deposited>& fact) {
    now.by_account.update(std::string{fact.meta.aggregate_id}, [&](std::string& deposits) {
      deposits += std::to_string(fact->cents) + " ";
    });
    fault_plan::meet(fact->cents);
  }
  static std::string query(const tables& now, const deposits_of& question) {
    return now.by_account.get(question.key).value_or("");
  }
  static all_deposits::answer query(const tables& now, const all_deposits& /*question*/) {
    all_deposits::answer all;
    now.by_account.each(
        [&all](const std::string& key, const std::string& deposits) { all[key] = deposits; });
    return all;
  }
};

/// The same in memory. A state that is not good shows in `events`, too.
struct fallible_state {
  static constexpr std::string_view stable_name = "test.fallible_state";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<some_of<bank_account, deposited>>;
  struct state {
    std::map<std::string, std::string> by_account;
    std::uint64_t begun = 0;
    std::uint64_t ended = 0;
    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      fields(ar, field("by_account", by_account), field("begun", begun), field("ended", ended));
    }
  };
  static void apply(state& now, const recorded<deposited>& fact) {
    ++now.begun;
    now.by_account[std::string{fact.meta.aggregate_id}] += std::to_string(fact->cents) + " ";
    fault_plan::meet(fact->cents);
    ++now.ended;
  }
  static std::string query(const state& now, const deposits_of& question) {
    const auto found = now.by_account.find(question.key);
    return found != now.by_account.end() ? found->second : "";
  }
  static all_deposits::answer query(const state& now, const all_deposits& /*question*/) {
    return now.by_account;
  }
  /// How many events it shows, and how many of them half.
  struct soundness {
    struct answer {
      std::uint64_t events = 0;
      std::uint64_t half = 0;
    };
  };
  static soundness::answer query(const state& now, const soundness& /*question*/) {
    return {now.ended, now.begun - now.ended};
  }
};

/// Keeps the order of deposits that end with the same digit, whoever they are of.
struct by_last_digit : fallible_tables {
  static constexpr std::string_view stable_name = "test.by_last_digit";
  static std::string sequence_key(const recorded<deposited>& fact) {
    if (fact->cents < 0) throw std::runtime_error{"no digits"};
    return "ends with " + std::to_string(fact->cents % 10);
  }
};

/// Keeps the order of everything.
struct in_one_order : fallible_tables {
  static constexpr std::string_view stable_name = "test.in_one_order";
  static std::string sequence_key(const event_metadata& /*meta*/) { return "all"; }
};

/// Read models that cannot apply everything.
class faulty_model_fixture : public read_model_fixture {
 protected:
  using runner_options = actors::read_model_runner::options;

  faulty_model_fixture() { fault_plan::mend(); }
  ~faulty_model_fixture() override { fault_plan::mend(); }

  [[nodiscard]] static runner_options parking() {
    runner_options made = quick();
    made.attempts = 2;
    made.on_failure = failure_policy::park;
    return made;
  }
  [[nodiscard]] static runner_options skipping() {
    runner_options made = parking();
    made.on_failure = failure_policy::skip;
    return made;
  }

  /// Waits until it shows everything that is durable, or has stopped.
  template <class M> static result<void> settle(const running<M>& model) {
    return model.read({.caught_up = true, .timeout = std::chrono::minutes{1}}).wait();
  }
  template <class M> static std::string show(const running<M>& model, const std::string& key) {
    const auto found =
        model.read({.caught_up = true, .timeout = std::chrono::minutes{1}}).ask(deposits_of{key});
    return found ? *found : describe(found.error());
  }
  template <class M> static read_model_status::phase phase_of(const running<M>& model) {
    return model.runner->status().now;
  }
  template <class M>
  static std::vector<std::uint64_t> offsets(running<M>& model, dead_letter_query query = {}) {
    std::vector<std::uint64_t> found;
    const auto letters = model.runner->dead_letters(query);
    for (const dead_letter& one : *letters) {
      found.push_back(one.position.offset);
    }
    return found;
  }
  /// Until something is so that comes by itself.
  template <class Holds> static void await(Holds holds) {
    while (!holds())
      std::this_thread::yield();
  }
};

}  // namespace cairn::tests

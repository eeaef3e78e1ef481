#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/codec.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Adds numbers up, and lets the test look at everything that is done with it.

namespace cairn::conformance {

/// Adds these, unless it is closed: then it is set aside. 13 makes `decide` throw.
struct plus {
  static constexpr std::string_view stable_name = "plus";
  std::vector<std::int64_t> amounts;
  /// Go to sleep afterwards.
  bool sleep = false;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("amounts", amounts), field("sleep", sleep));
  }
  bool operator==(const plus&) const = default;
};
struct close {
  static constexpr std::string_view stable_name = "close";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
  bool operator==(const close&) const = default;
};
/// And takes back what was set aside.
struct reopen {
  static constexpr std::string_view stable_name = "reopen";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
  bool operator==(const reopen&) const = default;
};

struct added {
  static constexpr std::string_view stable_name = "added";
  std::int64_t amount = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("amount", amount)); }
  bool operator==(const added&) const = default;
};
struct closed {
  static constexpr std::string_view stable_name = "closed";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
  bool operator==(const closed&) const = default;
};
struct reopened {
  static constexpr std::string_view stable_name = "reopened";
  template <class Ar> void serialize(Ar& /*ar*/, unsigned) {}
  bool operator==(const reopened&) const = default;
};

/// What a test wants to hear of; whatever is empty is not called. Set while no runtime runs, or
/// while nothing of it does what it is about.
struct tally_watch {
  std::function<void(version)> deciding;
  std::function<void(const added&)> evolving;
  /// From each of the two callbacks of a `plus`.
  std::function<void(int, const receipt&)> done;
  std::function<bool(version)> wants_snapshot;
  /// A state is being read from its bytes.
  std::function<void()> loading;
  /// Events that went through `evolve`, new ones and those of replays.
  std::atomic<int> evolved{0};

  void reset() {
    deciding = nullptr;
    evolving = nullptr;
    done = nullptr;
    wants_snapshot = nullptr;
    loading = nullptr;
    evolved = 0;
  }
};

struct tally {
  static constexpr std::string_view stable_name = "tally";
  static inline tally_watch watch;

  /// Stored in another form than it has, as with a snapshot adapter: the sum as a text.
  struct state {
    std::int64_t sum = 0;
    bool is_closed = false;

    template <class Ar> void serialize(Ar& ar, unsigned) {
      std::string text = "the sum is [" + std::to_string(sum) + "]";
      fields(ar, field("text", text), field("is_closed", is_closed));
      if constexpr (Ar::is_loading::value) {
        if (watch.loading) watch.loading();
        sum = std::stoll(text.substr(text.find('[') + 1));
      }
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { none };
  using command = std::variant<plus, close, reopen>;
  using event = std::variant<added, closed, reopened>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const plus& wish, const context& around) {
    if (watch.deciding) watch.deciding(around.version);
    if (now.is_closed) return stash;
    if (std::ranges::count(wish.amounts, 13) > 0) throw std::runtime_error{"bad luck"};
    std::vector<event> facts;
    for (const std::int64_t amount : wish.amounts)
      facts.push_back(added{amount});
    decision made{std::move(facts)};
    made = std::move(made).then(report(1)).then(report(2));
    if (wish.sleep) made = std::move(made).then_sleep();
    return made;
  }
  static decision decide(const state& /*now*/, const close& /*wish*/) { return closed{}; }
  static decision decide(const state& /*now*/, const reopen& /*wish*/) {
    return decision{reopened{}}.then_unstash();
  }

  static void evolve(state& now, const added& fact) {
    if (watch.evolving) watch.evolving(fact);
    ++watch.evolved;
    now.sum += fact.amount;
  }
  static void evolve(state& now, const closed& /*fact*/) { now.is_closed = true; }
  static void evolve(state& now, const reopened& /*fact*/) { now.is_closed = false; }

  static bool snapshot_when(const state& /*now*/, const event& /*fact*/, version at) {
    return watch.wants_snapshot && watch.wants_snapshot(at);
  }

 private:
  static after_commit report(int which) {
    return [which](const receipt& done) {
      if (watch.done) watch.done(which, done);
    };
  }
};

}  // namespace cairn::conformance

#pragma once

#include "support/read_models.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

// Read models that emit updates, and whoever folds these again.

namespace cairn::tests {

using sums = std::map<std::string, std::int64_t>;

/// What an event added to an account.
struct sum_added {
  std::string id;
  std::int64_t cents = 0;
};
struct account_added {
  std::string id;
};

/// What the models below did beside themselves: which events were replayed, and what was called
/// after a commit. Any thread.
class effects_seen {
 public:
  static void clear() {
    const std::lock_guard lock{mutex()};
    replayed().clear();
    called().clear();
    hook() = nullptr;
  }
  /// What else is to be called after a commit, with the event's offset.
  static void on_call(std::function<void(std::uint64_t)> what) {
    const std::lock_guard lock{mutex()};
    hook() = std::move(what);
  }
  static void saw(std::uint64_t offset, bool replaying) {
    const std::lock_guard lock{mutex()};
    replayed()[offset] = replaying;
  }
  static void call(std::uint64_t offset) {
    std::function<void(std::uint64_t)> also;
    {
      const std::lock_guard lock{mutex()};
      called().push_back(offset);
      also = hook();
    }
    if (also) also(offset);
  }
  static std::map<std::uint64_t, bool> replayed_by_offset() {
    const std::lock_guard lock{mutex()};
    return replayed();
  }
  static std::vector<std::uint64_t> calls() {
    const std::lock_guard lock{mutex()};
    return called();
  }

 private:
  static std::function<void(std::uint64_t)>& hook() {
    static std::function<void(std::uint64_t)> one;
    return one;
  }
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  static std::map<std::uint64_t, bool>& replayed() {
    static std::map<std::uint64_t, bool> all;
    return all;
  }
  static std::vector<std::uint64_t>& called() {
    static std::vector<std::uint64_t> all;
    return all;
  }
};

/// The part that both kinds share.
struct watched_sums_base {
  using sources = cairn::sources<cairn::all_of<bank_account>>;
  using updates = std::variant<sum_added, account_added>;

  struct all {
    using answer = sums;
  };
  /// Of one account only.
  struct one {
    using answer = std::int64_t;
    std::string id;
  };
  static bool concerns(const one& question, const sum_added& what) {
    if (question.id == "concerns throws") throw std::runtime_error{"no opinion"};
    return what.id == question.id;
  }
  static bool concerns(const one& /*question*/, const account_added& /*what*/) { return false; }

  static void effects(const event_metadata& meta, std::int64_t cents, const applying& around) {
    const std::uint64_t offset = meta.position.offset;
    effects_seen::saw(offset, around.replaying());
    around.emit(sum_added{std::string{meta.aggregate_id}, cents});
    around.after_commit([offset] { effects_seen::call(offset); });
  }
};

struct watched_table : watched_sums_base {
  static constexpr std::string_view stable_name = "test.watched_table";
  static constexpr std::uint32_t version = 1;
  struct tables {
    cairn::table<std::string, std::int64_t> by_account;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      cairn::fields(ar, cairn::field("by_account", by_account));
    }
  };
  static void apply(tables& now, const recorded<opened>& fact, const applying& around) {
    now.by_account.put(std::string{fact.meta.aggregate_id}, 0);
    around.emit(updates{account_added{std::string{fact.meta.aggregate_id}}});
  }
  static void apply(tables& now, const recorded<deposited>& fact, const applying& around) {
    now.by_account.update(std::string{fact.meta.aggregate_id},
                          [&](std::int64_t& held) { held += fact->cents; });
    effects(fact.meta, fact->cents, around);
    refusal_plan::meet(fact->cents);
  }
  static sums query(const tables& now, const all& /*question*/) {
    sums found;
    now.by_account.each([&](const std::string& id, std::int64_t cents) { found[id] = cents; });
    return found;
  }
  static std::int64_t query(const tables& now, const one& question) {
    return now.by_account.get(question.id).value_or(0);
  }
};

struct watched_memory : watched_sums_base {
  static constexpr std::string_view stable_name = "test.watched_memory";
  static constexpr std::uint32_t version = 1;
  struct state {
    sums by_account;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      cairn::fields(ar, cairn::field("by_account", by_account));
    }
  };
  static void apply(state& now, const recorded<opened>& fact, const applying& around) {
    now.by_account[std::string{fact.meta.aggregate_id}] = 0;
    around.emit(account_added{std::string{fact.meta.aggregate_id}});
  }
  static void apply(state& now, const recorded<deposited>& fact, const applying& around) {
    now.by_account[std::string{fact.meta.aggregate_id}] += fact->cents;
    effects(fact.meta, fact->cents, around);
    refusal_plan::meet(fact->cents);
  }
  static sums query(const state& now, const all& /*question*/) { return now.by_account; }
  static std::int64_t query(const state& now, const one& question) {
    const auto found = now.by_account.find(question.id);
    return found != now.by_account.end() ? found->second : 0;
  }
};

inline void fold(sums& into, const watched_sums_base::updates& update) {
  if (const auto* added = std::get_if<sum_added>(&update)) into[added->id] += added->cents;
  if (const auto* account = std::get_if<account_added>(&update)) into[account->id] = 0;
}

}  // namespace cairn::tests

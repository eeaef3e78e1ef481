#pragma once

#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/runtime.hpp"
#include "cairn/testing/persisted_event.hpp"
#include "cairn/testing/same_state.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// How a simulation sees the states that running aggregates decide on: by instances that say where
// they are.

namespace cairn::testing::detail {

/// The states of those aggregates of a type that are awake and have decided something. One thread.
template <class A> class live_states {
 public:
  using state = typename A::state;

  void add(const std::string& id, const state& where) { all_[id] = &where; }
  void remove(const std::string& id, const state& where) {
    const auto found = all_.find(id);
    if (found != all_.end() && found->second == &where) all_.erase(found);
  }

  /// Which of them has another state than its stored events give, or than a reader is shown; empty:
  /// none. @pre nothing is on its way
  /// @param events all that are stored
  [[nodiscard]] std::string first_that_differs(runtime& app,
                                               const std::vector<persisted_event>& events) const {
    const std::map<std::string, state> replayed = replay(app, events);
    for (const auto& [id, live] : all_) {
      const auto folded = replayed.find(id);
      if (folded != replayed.end() && !same_state(*live, folded->second)) {
        return complaint(id, *live, "its stored events give", folded->second);
      }
      const auto read = app.aggregate<A>(id).state();
      // Deleted for good, for one.
      if (read && !same_state(*live, read->state)) {
        return complaint(id, *live, "a reader is shown", read->state);
      }
    }
    return {};
  }

 private:
  /// Of those that are awake, as far as it can be said without the runtime: neither of what begins
  /// anew behind hidden events, nor where some cannot be read.
  [[nodiscard]] std::map<std::string, state> replay(
      runtime& app, const std::vector<persisted_event>& events) const {
    std::map<std::string, state> made;
    std::set<std::string> unknown;
    for (const auto& [id, live] : all_) {
      const auto oldest = app.aggregate<A>(id).history({.limit = 1});
      const bool shows_all = oldest && !oldest->empty() && oldest->front().version.value == 1;
      if (shows_all) made[id];
    }
    for (const persisted_event& one : events) {
      if (one.aggregate_type != A::stable_name) continue;
      const auto found = made.find(one.aggregate_id);
      if (found == made.end()) continue;
      const auto read = events_of<A>(one);
      if (!read) unknown.insert(one.aggregate_id);
      for (std::size_t i = 0; read && i < read->size(); ++i) {
        std::visit([&](const auto& fact) { cairn::evolve<A>(found->second, fact); }, (*read)[i]);
      }
    }
    for (const std::string& id : unknown)
      made.erase(id);
    return made;
  }

  [[nodiscard]] static std::string complaint(const std::string& id,
                                             const state& live,
                                             const char* what,
                                             const state& other) {
    return std::string{A::stable_name} + "/" + id + ": the running aggregate has the state " +
           show(live) + ", " + what + " " + show(other);
  }

  std::map<std::string, const state*> all_;
};

template <class A> class live_instance final : public cairn::detail::typed_instance<A> {
 public:
  live_instance(const cairn::detail::event_rules& rules, std::shared_ptr<live_states<A>> known)
      : cairn::detail::typed_instance<A>(rules), known_(std::move(known)) {}
  ~live_instance() override { known_->remove(id_, this->state()); }

  cairn::detail::decided decide(const cairn::detail::erased_command& wish,
                                const context& around,
                                cairn::detail::event_sink& out) override {
    if (id_.empty()) {
      id_ = static_cast<const cairn::detail::typed_message<A>&>(wish).aggregate_id;
      if (!id_.empty()) known_->add(id_, this->state());
    }
    return cairn::detail::typed_instance<A>::decide(wish, around, out);
  }

 private:
  const std::shared_ptr<live_states<A>> known_;
  /// Empty: it has decided nothing yet, as those that are made for readers never do.
  std::string id_;
};

template <class A> class live_aggregate final : public cairn::detail::typed_aggregate<A> {
 public:
  live_aggregate(const aggregate_options& options, std::shared_ptr<live_states<A>> known)
      : cairn::detail::typed_aggregate<A>(options.codec, options.unknown_events),
        known_(std::move(known)) {}

  std::unique_ptr<cairn::detail::aggregate_instance> make() const override {
    return std::make_unique<live_instance<A>>(this->rules(), known_);
  }

 private:
  const std::shared_ptr<live_states<A>> known_;
};

}  // namespace cairn::testing::detail

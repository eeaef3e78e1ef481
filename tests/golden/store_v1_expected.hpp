#pragma once

#include "golden/store_v1_story.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn::golden {

/// What aggregates of one type must have become, by the pure functions of the domain alone.
template <class A> struct expected_aggregates {
  struct event {
    std::string event_type;
    std::string json;
    timestamp time;
    std::uint32_t schema_version = 0;
    ask_options options;
  };
  struct stream {
    typename A::state now;
    /// The state at each version, from 0 on.
    std::vector<typename A::state> states{typename A::state{}};
    std::vector<event> events;
  };
  /// A command with an id.
  struct answered {
    std::string id;
    std::string command_id;
    std::optional<typename A::rejection> rejection;
    version after;
  };

  std::map<std::string, stream> streams;
  std::vector<answered> answers;

  void decide(const std::string& id,
              const typename A::command& wish,
              ask_options options,
              timestamp time) {
    stream& at = streams[id];
    const context around{.now = time, .version = {at.events.size()}, .aggregate_id = id};
    const auto made = std::visit(
        [&](const auto& command) { return cairn::decide<A>(at.now, command, around); }, wish);
    const std::string command = options.command_id.text();
    for (const auto& fact : made.events())
      std::visit([&](const auto& one) { add(at, one, options, time); }, fact);
    if (command.empty()) return;
    answered one{id, command, std::nullopt, {at.events.size()}};
    if (made.rejected()) one.rejection = made.rejection();
    answers.push_back(std::move(one));
  }

 private:
  template <class Fact>
  static void add(stream& at, const Fact& fact, const ask_options& options, timestamp time) {
    A::evolve(at.now, fact);
    at.states.push_back(at.now);
    at.events.push_back(
        {std::string{Fact::stable_name}, to_json(fact), time, schema_version_of<Fact>(), options});
  }
};

/// Everything that the golden store must hold.
class expected_store {
 public:
  expected_store() {
    for (round_ = 0; round_ < rounds; ++round_)
      tell(round_, *this);
  }

  template <class A>
  void say(const std::string& id, const typename A::command& wish, ask_options options) {
    of<A>().decide(id, wish, std::move(options), time_of(round_));
  }

  template <class A>
  void rush(const std::string& id,
            const typename A::command& wish,
            unsigned times,
            const std::string& ids) {
    for (unsigned i = 0; i < times; ++i)
      say<A>(id, wish, {.command_id = ids + std::to_string(i)});
  }

  template <class A> [[nodiscard]] expected_aggregates<A>& of() {
    return std::get<expected_aggregates<A>>(aggregates_);
  }

  [[nodiscard]] std::uint64_t events() {
    std::uint64_t all = 0;
    for (const auto& [id, one] : of<account>().streams)
      all += one.events.size();
    for (const auto& [id, one] : of<basket>().streams)
      all += one.events.size();
    return all;
  }

  [[nodiscard]] ledger::contents accounts() {
    ledger::contents found;
    for (const auto& [id, one] : of<account>().streams) {
      if (!one.events.empty()) {
        found[id] = {one.now.cents, static_cast<std::uint32_t>(one.events.size())};
      }
    }
    return found;
  }

  /// Of the ledger's list.
  [[nodiscard]] std::uint64_t listed() {
    std::uint64_t all = 0;
    for (const auto& [id, one] : of<account>().streams)
      all += one.events.size();
    for (const auto& [id, one] : of<basket>().streams) {
      for (const auto& event : one.events)
        all += event.event_type == put_in::stable_name ? 1 : 0;
    }
    return all;
  }

  [[nodiscard]] stock::contents items() {
    stock::contents found;
    for (const auto& [id, one] : of<basket>().streams) {
      for (const auto& [item, count] : one.now.items)
        found[item] += count;
    }
    return found;
  }

 private:
  unsigned round_ = 0;
  std::tuple<expected_aggregates<account>, expected_aggregates<basket>> aggregates_;
};

}  // namespace cairn::golden

#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/fields.hpp"
#include "cairn/ids.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Commands that are to be sent at a time, as events in the journal: an aggregate of Cairn's own,
// one for each scope. Programs use it through `runtime::timers()` (cairn/timers.hpp); its events
// are recorded like any others, and read models may want them.

namespace cairn {

struct set_alarm {
  static constexpr std::string_view stable_name = "cairn.set_alarm";
  std::string name;
  timestamp due;
  std::chrono::nanoseconds period{0};  ///< 0: once.
  std::string target;                  ///< The aggregate type's stable name.
  std::string aggregate_id;
  std::string command;  ///< An encoded A::command.

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, field("name", name), field("due", due), field("period", period));
    fields(ar, field("target", target), field("aggregate_id", aggregate_id));
    fields(ar, field("command", command));
  }
  bool operator==(const set_alarm&) const = default;
};

struct cancel_alarm {
  static constexpr std::string_view stable_name = "cairn.cancel_alarm";
  std::string name;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, field("name", name));
  }
  bool operator==(const cancel_alarm&) const = default;
};

struct cancel_all_alarms {
  static constexpr std::string_view stable_name = "cairn.cancel_all_alarms";

  template <class Ar> void serialize(Ar& /*ar*/, unsigned /*version*/) {}
  bool operator==(const cancel_all_alarms&) const = default;
};

/// Cairn's own: an alarm has gone off.
struct note_alarm {
  static constexpr std::string_view stable_name = "cairn.note_alarm";
  std::string name;
  std::uint64_t number = 0;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, field("name", name), field("number", number));
  }
  bool operator==(const note_alarm&) const = default;
};

/// Numbers tell apart alarms of a scope that have had the same name.
struct alarm_set {
  static constexpr std::string_view stable_name = "cairn.alarm_set";
  std::uint64_t number = 0;
  set_alarm what;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, field("number", number), field("what", what));
  }
  bool operator==(const alarm_set&) const = default;
};

struct alarm_cancelled {
  static constexpr std::string_view stable_name = "cairn.alarm_cancelled";
  std::uint64_t number = 0;
  std::string name;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, field("number", number), field("name", name));
  }
  bool operator==(const alarm_cancelled&) const = default;
};

struct alarm_fired {
  static constexpr std::string_view stable_name = "cairn.alarm_fired";
  std::uint64_t number = 0;
  std::string name;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    fields(ar, field("number", number), field("name", name));
  }
  bool operator==(const alarm_fired&) const = default;
};

/// The alarms of one scope.
struct schedule {
  static constexpr std::string_view stable_name = "cairn.schedule";

  struct pending {
    std::uint64_t number = 0;
    bool once = true;

    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      fields(ar, field("number", number), field("once", once));
    }
    bool operator==(const pending&) const = default;
  };
  struct state {
    std::uint64_t newest = 0;
    std::map<std::string, pending> alarms;

    template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
      fields(ar, field("newest", newest), field("alarms", alarms));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t {
    bad_name,    ///< A name has 1 to 128 bytes.
    bad_period,  ///< A period is not negative.
    full,        ///< A scope has at most alarms_max alarms.
  };
  /// Of one scope: its state is one value. Use more scopes for more.
  static constexpr std::size_t alarms_max = 10'000;

  using command = std::variant<set_alarm, cancel_alarm, cancel_all_alarms, note_alarm>;
  using event = std::variant<alarm_set, alarm_cancelled, alarm_fired>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const set_alarm& wish) {
    if (wish.name.empty() || wish.name.size() > message_id_max_bytes) return rejection::bad_name;
    if (wish.period.count() < 0) return rejection::bad_period;
    std::vector<event> facts;
    const auto known = now.alarms.find(wish.name);
    if (known != now.alarms.end()) {
      facts.emplace_back(alarm_cancelled{known->second.number, wish.name});
    } else if (now.alarms.size() >= alarms_max) {
      return rejection::full;
    }
    facts.emplace_back(alarm_set{now.newest + 1, wish});
    return facts;
  }
  static decision decide(const state& now, const cancel_alarm& wish) {
    const auto known = now.alarms.find(wish.name);
    if (known == now.alarms.end()) return {};
    return alarm_cancelled{known->second.number, wish.name};
  }
  static decision decide(const state& now, const cancel_all_alarms& /*wish*/) {
    std::vector<event> facts;
    for (const auto& [name, one] : now.alarms)
      facts.emplace_back(alarm_cancelled{one.number, name});
    return facts;
  }
  static decision decide(const state& now, const note_alarm& wish) {
    const auto known = now.alarms.find(wish.name);
    // Cancelled or replaced while it went off.
    if (known == now.alarms.end() || known->second.number != wish.number) return {};
    return alarm_fired{wish.number, wish.name};
  }

  static void evolve(state& now, const alarm_set& fact) {
    now.newest = fact.number;
    now.alarms[fact.what.name] = {fact.number, fact.what.period.count() == 0};
  }
  static void evolve(state& now, const alarm_cancelled& fact) { now.alarms.erase(fact.name); }
  static void evolve(state& now, const alarm_fired& fact) {
    const auto known = now.alarms.find(fact.name);
    if (known != now.alarms.end() && known->second.once) now.alarms.erase(known);
  }
};

}  // namespace cairn

#pragma once

#include "support/account.hpp"

#include "cairn/process_manager.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

// Transfers between accounts, carried out by a process manager.

namespace bank {

struct start_transfer {
  static constexpr std::string_view stable_name = "start_transfer";
  std::string from;
  std::string to;
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(
        ar, cairn::field("from", from), cairn::field("to", to), cairn::field("cents", cents));
  }
  bool operator==(const start_transfer&) const = default;
};
struct finish_transfer {
  static constexpr std::string_view stable_name = "finish_transfer";
  template <class Ar> void serialize(Ar&, unsigned) {}
  bool operator==(const finish_transfer&) const = default;
};
struct fail_transfer {
  static constexpr std::string_view stable_name = "fail_transfer";
  std::string why;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("why", why));
  }
  bool operator==(const fail_transfer&) const = default;
};

struct transfer_started {
  static constexpr std::string_view stable_name = "transfer_started";
  std::string from;
  std::string to;
  std::int64_t cents = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(
        ar, cairn::field("from", from), cairn::field("to", to), cairn::field("cents", cents));
  }
  bool operator==(const transfer_started&) const = default;
};
struct transfer_finished {
  static constexpr std::string_view stable_name = "transfer_finished";
  template <class Ar> void serialize(Ar&, unsigned) {}
  bool operator==(const transfer_finished&) const = default;
};
struct transfer_failed {
  static constexpr std::string_view stable_name = "transfer_failed";
  std::string why;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("why", why));
  }
  bool operator==(const transfer_failed&) const = default;
};

struct transfer {
  static constexpr std::string_view stable_name = "bank.transfer";
  enum class phase : std::uint8_t { unknown, running, finished, failed };
  struct state {
    phase now = phase::unknown;
    std::string why;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      cairn::fields(ar, cairn::field("now", now), cairn::field("why", why));
    }
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { not_running, known };
  using command = std::variant<start_transfer, finish_transfer, fail_transfer>;
  using event = std::variant<transfer_started, transfer_finished, transfer_failed>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const start_transfer& wish) {
    if (now.now != phase::unknown) return rejection::known;
    return transfer_started{wish.from, wish.to, wish.cents};
  }
  static decision decide(const state& now, const finish_transfer&) {
    if (now.now != phase::running) return rejection::not_running;
    return transfer_finished{};
  }
  static decision decide(const state& now, const fail_transfer& wish) {
    if (now.now != phase::running) return rejection::not_running;
    return transfer_failed{wish.why};
  }
  static void evolve(state& now, const transfer_started&) { now.now = phase::running; }
  static void evolve(state& now, const transfer_finished&) { now.now = phase::finished; }
  static void evolve(state& now, const transfer_failed& fact) {
    now.now = phase::failed;
    now.why = fact.why;
  }
};

/// Withdraws, deposits, and finishes; each after the one before it was accepted.
struct transfers {
  static constexpr std::string_view stable_name = "bank.transfers";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<transfer>>;
  using targets = cairn::targets<account, transfer>;

  struct state {
    std::string from;
    std::int64_t cents = 0;
    std::uint32_t steps = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      cairn::fields(ar,
                    cairn::field("from", from),
                    cairn::field("cents", cents),
                    cairn::field("steps", steps));
    }
    bool operator==(const state&) const = default;
  };
  using reactions = cairn::reactions<transfers>;

  static cairn::route route(const cairn::recorded<transfer_started>& fact) {
    return cairn::starts_new(fact.meta.aggregate_id);
  }
  static cairn::route route(const cairn::recorded<transfer_finished>& fact) {
    return cairn::ends(fact.meta.aggregate_id);
  }
  static cairn::route route(const cairn::recorded<transfer_failed>& fact) {
    return cairn::ends(fact.meta.aggregate_id);
  }

  static void on(state& now, const cairn::recorded<transfer_started>& fact, reactions& then) {
    now = {.from = fact->from, .cents = fact->cents, .steps = now.steps + 1};
    then.send<account>(fact->from, withdraw{fact->cents});
    then.send<account>(fact->to, deposit{fact->cents});
    then.send<transfer>(std::string{then.instance()}, finish_transfer{});
  }
  static void on(state& /*now*/, const cairn::recorded<transfer_finished>&, reactions&) {}
  static void on(state& /*now*/, const cairn::recorded<transfer_failed>&, reactions&) {}

  static void on_rejected(state& now,
                          const cairn::rejected_command<account>& what,
                          reactions& then) {
    ++now.steps;
    then.drop_pending();
    // Withdrawn, and nowhere to go: back with it.
    if (std::holds_alternative<deposit>(what.command)) {
      then.send<account>(now.from, deposit{now.cents});
    }
    then.send<transfer>(
        std::string{then.instance()},
        fail_transfer{"rejected with " + std::to_string(static_cast<int>(what.why))});
  }
};

/// Counts the days that an account has been open: every day it deposits a cent.
struct interest {
  static constexpr std::string_view stable_name = "bank.interest";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::all_of<account>>;
  using targets = cairn::targets<account>;
  struct state {
    std::uint32_t fired = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) {
      cairn::fields(ar, cairn::field("fired", fired));
    }
  };
  using reactions = cairn::reactions<interest>;

  template <class Event> static cairn::route route(const cairn::recorded<Event>& fact) {
    return cairn::starts(fact.meta.aggregate_id);
  }
  /// An account of "daily" has a periodic timer; others one that fires an hour after they opened,
  /// unless money is withdrawn before.
  static void on(state&, const cairn::recorded<opened>& fact, reactions& then) {
    if (fact->owner == "daily") {
      then.every("day", std::chrono::hours{24});
    } else {
      then.set_timer("gift", std::chrono::hours{1});
    }
  }
  static void on(state&, const cairn::recorded<deposited>&, reactions&) {}
  static void on(state&, const cairn::recorded<withdrawn>&, reactions& then) {
    then.cancel_timer("gift");
    then.cancel_timer("day");
  }
  static void on_timer(state& now, std::string_view name, cairn::timestamp, reactions& then) {
    ++now.fired;
    then.send<account>(std::string{then.instance()}, deposit{name == "day" ? 1 : 100});
  }
};

}  // namespace bank

#pragma once

#include "cairn/aggregate.hpp"
#include "cairn/steps.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

// A door: what may be done with it depends on whether it is closed, open or locked, and some
// commands name a reply.

namespace doors {

// -- names ----------------------------------------------------------------------------------------

#define DOORS_NOTHING(name)                                \
  struct name {                                            \
    static constexpr std::string_view stable_name = #name; \
    template <class Ar> void serialize(Ar&, unsigned) {}   \
    bool operator==(const name&) const = default;          \
  }

/// How often somebody has knocked, and as much text as was asked for.
struct heard {
  std::uint32_t knocks = 0;
  std::string text;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("knocks", knocks), cairn::field("text", text));
  }
  bool operator==(const heard&) const = default;
};
struct misses {
  std::uint32_t count = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("count", count));
  }
  bool operator==(const misses&) const = default;
};

DOORS_NOTHING(open_it);
DOORS_NOTHING(close_it);
/// Decides something that no evolve takes where the door is open.
DOORS_NOTHING(paint);
/// Opens and walks through, in one.
DOORS_NOTHING(enter);
DOORS_NOTHING(walk_through);
/// Locked when it was slammed hard, else closed.
struct slam {
  static constexpr std::string_view stable_name = "slam";
  bool hard = false;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("hard", hard));
  }
  bool operator==(const slam&) const = default;
};
struct lock {
  static constexpr std::string_view stable_name = "lock";
  std::uint32_t code = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("code", code));
  }
  bool operator==(const lock&) const = default;
};
/// With a wrong code it stays locked; the third time it is rejected.
struct unlock {
  using reply = misses;
  static constexpr std::string_view stable_name = "unlock";
  std::uint32_t code = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("code", code));
  }
  bool operator==(const unlock&) const = default;
};
/// In any state.
struct knock {
  using reply = heard;
  static constexpr std::string_view stable_name = "knock";
  std::uint32_t text_bytes = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("text_bytes", text_bytes));
  }
  bool operator==(const knock&) const = default;
};
/// Changes nothing.
struct listen {
  using reply = heard;
  static constexpr std::string_view stable_name = "listen";
  template <class Ar> void serialize(Ar&, unsigned) {}
  bool operator==(const listen&) const = default;
};

DOORS_NOTHING(opened);
DOORS_NOTHING(closed_it);
DOORS_NOTHING(painted);
DOORS_NOTHING(walked_through);
DOORS_NOTHING(knocked);
DOORS_NOTHING(missed);
DOORS_NOTHING(unlocked);
struct slammed {
  static constexpr std::string_view stable_name = "slammed";
  bool hard = false;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("hard", hard));
  }
  bool operator==(const slammed&) const = default;
};
struct locked_it {
  static constexpr std::string_view stable_name = "locked_it";
  std::uint32_t code = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("code", code));
  }
  bool operator==(const locked_it&) const = default;
};

#undef DOORS_NOTHING

// -- states ---------------------------------------------------------------------------------------

struct closed {
  static constexpr std::string_view stable_name = "closed";
  std::uint32_t knocks = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("knocks", knocks));
  }
  bool operator==(const closed&) const = default;
};
struct open {
  static constexpr std::string_view stable_name = "open";
  std::uint32_t knocks = 0;
  std::uint32_t walkers = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar, cairn::field("knocks", knocks), cairn::field("walkers", walkers));
  }
  bool operator==(const open&) const = default;
};
struct locked {
  static constexpr std::string_view stable_name = "locked";
  std::uint32_t knocks = 0;
  std::uint32_t code = 0;
  std::uint32_t misses = 0;
  template <class Ar> void serialize(Ar& ar, unsigned) {
    cairn::fields(ar,
                  cairn::field("knocks", knocks),
                  cairn::field("code", code),
                  cairn::field("misses", misses));
  }
  bool operator==(const locked&) const = default;
};

// -- decide, evolve, reply ------------------------------------------------------------------------

/// With its alternatives in whatever order: they are told apart by name.
template <class State> struct door_with {
  static constexpr std::string_view stable_name = "door";
  using state = State;
  enum class rejection : std::uint8_t { too_many_misses, nobody_there };
  using command = std::
      variant<open_it, close_it, paint, enter, walk_through, slam, lock, unlock, knock, listen>;
  using event = std::variant<opened,
                             closed_it,
                             painted,
                             walked_through,
                             slammed,
                             locked_it,
                             unlocked,
                             missed,
                             knocked>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const closed&, const open_it&) { return opened{}; }
  static decision decide(const closed&, const lock& wish) { return locked_it{wish.code}; }
  static decision decide(const open&, const close_it&) { return closed_it{}; }
  static decision decide(const open&, const walk_through&) { return walked_through{}; }
  static decision decide(const open&, const slam& wish) { return slammed{wish.hard}; }
  static decision decide(const locked& now, const unlock& wish, const cairn::context&) {
    if (now.misses >= 2) return rejection::too_many_misses;
    if (wish.code != now.code) return missed{};
    return unlocked{};
  }
  static decision decide(const state&, const paint&) { return painted{}; }
  static decision decide(const closed& now, const enter&) {
    return cairn::steps<door_with>{state{now}}
        .then([](const state& s) { return cairn::decide<door_with>(s, open_it{}, {}); })
        .then([](const state& s) { return cairn::decide<door_with>(s, walk_through{}, {}); });
  }
  // Wherever nothing else is said.
  static decision decide(const state&, const knock&) { return knocked{}; }
  static decision decide(const open&, const knock&) { return rejection::nobody_there; }
  static decision decide(const state&, const listen&) { return {}; }

  static open evolve(const closed& now, const opened&) { return {now.knocks, 0}; }
  static locked evolve(closed&& now, const locked_it& fact) { return {now.knocks, fact.code, 0}; }
  static void evolve(closed&, const painted&) {}
  static closed evolve(const open& now, const closed_it&) { return {now.knocks}; }
  static void evolve(open& now, const walked_through&) { ++now.walkers; }
  static state evolve(const open& now, const slammed& fact) {
    if (fact.hard) return locked{now.knocks, 0, 0};
    return closed{now.knocks};
  }
  static closed evolve(const locked& now, const unlocked&) { return {now.knocks}; }
  static void evolve(locked& now, const missed&) { ++now.misses; }
  static void evolve(state& now, const knocked&) {
    std::visit([](auto& one) { ++one.knocks; }, now);
  }

  static misses reply(const state& after, const unlock&) {
    const auto* still = std::get_if<locked>(&after);
    return {still != nullptr ? still->misses : 0};
  }
  static heard reply(const state& after, const knock& wish) {
    if (wish.text_bytes == 13) throw std::runtime_error{"bad luck"};
    return {knocks(after), std::string(wish.text_bytes, 'x')};
  }
  static heard reply(const state& after, const listen&) { return {knocks(after), {}}; }

  static std::uint32_t knocks(const state& of) {
    return std::visit([](const auto& one) { return one.knocks; }, of);
  }
};

struct door : door_with<std::variant<closed, open, locked>> {};

static_assert(cairn::check_aggregate<door>());

}  // namespace doors

#pragma once

#include "support/ticket.hpp"

#include "cairn/aggregate.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace bench {

/// Adds an amount; the note is carried along and makes the event as large as wanted.
struct add {
  static constexpr std::string_view stable_name = "add";
  std::int64_t amount = 0;
  std::string note;

  bool operator==(const add&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("amount", amount), cairn::field("note", note));
  }
};

/// Adds several times, each an event of its own; the amounts depend on the state, see amount_of.
struct add_several {
  static constexpr std::string_view stable_name = "add_several";
  /// Of the aggregate.
  std::uint32_t number = 0;
  std::uint32_t times = 1;
  std::string note;

  bool operator==(const add_several&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive,
                  cairn::field("number", number),
                  cairn::field("times", times),
                  cairn::field("note", note));
  }
};

/// Changes nothing: its answer says that the aggregate is awake, and at which version.
struct look {
  static constexpr std::string_view stable_name = "look";

  bool operator==(const look&) const = default;
  template <class Archive> void serialize(Archive& /*archive*/, unsigned /*version*/) {}
};

struct added {
  static constexpr std::string_view stable_name = "added";
  std::int64_t amount = 0;
  std::string note;

  bool operator==(const added&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("amount", amount), cairn::field("note", note));
  }
};

/// What all benchmarks run: about the smallest aggregate that decides something.
struct tally {
  static constexpr std::string_view stable_name = "bench.tally";

  struct state {
    std::uint64_t count = 0;
    std::int64_t sum = 0;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, count, sum);
    }
  };

  enum class rejection : std::uint8_t { amount_not_positive };

  using command = std::variant<add, look, add_several>;
  using event = std::variant<added>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const add& wish) {
    if (wish.amount <= 0) return rejection::amount_not_positive;
    return added{wish.amount, wish.note};
  }
  static decision decide(const state& /*now*/, const look& /*wish*/) { return {}; }

  static decision decide(const state& now, const add_several& wish);

  static void evolve(state& now, const added& fact) {
    ++now.count;
    now.sum += fact.amount;
  }
};

/// The amount that the benchmarks add: depends on the ticket, so that sums tell something.
[[nodiscard]] constexpr std::int64_t amount_of(const ticket& which) noexcept {
  return 1 + static_cast<std::int64_t>((which.client + which.sequence) % 63);
}

/// "t0001234": as long for every aggregate.
[[nodiscard]] std::string tally_id(std::uint32_t number);
/// The number in such an id; a number beyond all when it is none.
[[nodiscard]] std::uint32_t number_in(std::string_view tally_id) noexcept;

/// How long a note must be for an encoded event of `payload_bytes`.
/// @pre payload_bytes >= smallest_payload
[[nodiscard]] std::size_t note_bytes_for(std::size_t payload_bytes);

inline constexpr std::size_t smallest_payload = 32;

}  // namespace bench

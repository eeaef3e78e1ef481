#pragma once

#include "fines/domain/money.hpp"
#include "fines/domain/penalty_notice.hpp"

#include "cairn/aggregate.hpp"
#include "cairn/fields.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace fines {

/// Puts a case on the desk: a penalty is due. Another notice replaces the one before.
struct remind {
  static constexpr std::string_view stable_name = "remind";
  penalty_notice notice;

  bool operator==(const remind&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("notice", notice));
  }
};

/// Something has become known that happened before the deadline: no penalty was due.
struct withdraw {
  static constexpr std::string_view stable_name = "withdraw";
  bool operator==(const withdraw&) const = default;
  template <class Archive> void serialize(Archive& /*archive*/, unsigned /*version*/) {}
};

struct penalty_fell_due {
  static constexpr std::string_view stable_name = "penalty_fell_due";
  penalty_notice notice;

  bool operator==(const penalty_fell_due&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(archive, cairn::field("notice", notice));
  }
};

struct reminder_withdrawn {
  static constexpr std::string_view stable_name = "reminder_withdrawn";
  bool operator==(const reminder_withdrawn&) const = default;
  template <class Archive> void serialize(Archive& /*archive*/, unsigned /*version*/) {}
};

/// That a penalty is due in a case. Its id is the case's.
///
/// It is an aggregate of its own: what the town's log says of a case stays as it is, and no figure
/// changes because somebody was reminded.
struct reminder {
  static constexpr std::string_view stable_name = "fines.reminder";

  struct state {
    std::optional<penalty_notice> notice;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, notice);
    }
  };

  enum class rejection : std::uint8_t { nothing_outstanding };

  using command = std::variant<remind, withdraw>;
  using event = std::variant<penalty_fell_due, reminder_withdrawn>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& now, const remind& wish) {
    if (wish.notice.outstanding_cents <= 0) return rejection::nothing_outstanding;
    if (now.notice == wish.notice) return {};
    return penalty_fell_due{wish.notice};
  }
  static decision decide(const state& now, const withdraw& /*wish*/) {
    if (!now.notice) return {};
    return reminder_withdrawn{};
  }

  static void evolve(state& now, const penalty_fell_due& fact) { now.notice = fact.notice; }
  static void evolve(state& now, const reminder_withdrawn& /*fact*/) { now.notice.reset(); }
};

}  // namespace fines

#pragma once

#include "fines/domain/money.hpp"
#include "fines/domain/standing.hpp"

#include "cairn/fields.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace fines {

/// That a case has not been paid in time: from `due` on a penalty is to be added.
struct penalty_notice {
  calendar_day due{};
  /// At the end of the day before.
  std::int64_t outstanding_cents = 0;

  bool operator==(const penalty_notice&) const = default;
  template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
    cairn::fields(
        archive, cairn::field("due", due), cairn::field("outstanding_cents", outstanding_cents));
  }
};

/// What a case with this history comes to on its deadline, whenever that is: a notice when
/// something is owed then and no penalty was added before. Nothing when nobody has been notified.
///
/// It looks at dates alone, not at what has been recorded since the deadline, nor in which order.
/// `history`: in the order in which it was recorded, as `standing` wants it.
[[nodiscard]] inline std::optional<penalty_notice> notice_of(const std::vector<entry>& history) {
  standing all;
  for (const entry& one : history)
    all.add(one);
  if (!all.notified) return std::nullopt;
  const calendar_day due = *all.notified + penalty_after;
  standing before;
  for (const entry& one : history) {
    if (one.at.date < due) before.add(one);
  }
  if (!before.penalty_due()) return std::nullopt;
  return penalty_notice{due, *before.outstanding_cents()};
}

}  // namespace fines

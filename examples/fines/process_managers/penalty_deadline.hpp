#pragma once

#include "fines/domain/fine_case.hpp"
#include "fines/domain/penalty_notice.hpp"
#include "fines/domain/reminder.hpp"
#include "fines/domain/town_calendar.hpp"

#include "cairn/process_manager.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fines {

/// Follows each case, and reminds when it is not paid within 60 days of its notification. One
/// instance for each case.
///
/// The timer goes by the town's calendar (process_manager_options::timers_by), so it fires once all
/// that happened until the deadline is known. What becomes known later still counts by its date: a
/// reminder is then replaced or withdrawn. So reminders depend on what happened in a case and on
/// the day that was closed last, not on when and in which order it was recorded.
struct penalty_deadline {
  static constexpr std::string_view stable_name = "fines.penalty_deadline";
  static constexpr std::uint32_t version = 1;
  // Appeals move no money, and do not stop the time.
  using sources = cairn::sources<cairn::some_of<fine_case,
                                                fine_created,
                                                fine_sent,
                                                notification_inserted,
                                                penalty_added,
                                                payment_received>>;
  using targets = cairn::targets<reminder>;
  using reactions = cairn::reactions<penalty_deadline>;

  struct state {
    /// In the order in which it was recorded.
    std::vector<entry> history;
    /// What was last said to the reminder.
    std::optional<penalty_notice> reminded;

    bool operator==(const state&) const = default;
    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, history, reminded);
    }
  };

  template <class Fact> static cairn::route route(const cairn::recorded<Fact>& fact) {
    return cairn::starts(fact.meta.aggregate_id);
  }

  template <class Fact>
  static void on(state& now, const cairn::recorded<Fact>& fact, reactions& then) {
    now.history.push_back(entry_of(fact.event));
    const auto notice = notice_of(now.history);
    if (now.reminded && now.reminded != notice) {
      then.send<reminder>(std::string{then.instance()}, withdraw{});
      now.reminded.reset();
    }
    if (notice && !now.reminded) {
      then.set_timer(timer, beginning_of(notice->due));
    } else {
      then.cancel_timer(timer);
    }
  }

  static void on_timer(state& now,
                       std::string_view /*name*/,
                       cairn::timestamp /*due*/,
                       reactions& then) {
    now.reminded = notice_of(now.history);
    if (now.reminded) then.send<reminder>(std::string{then.instance()}, remind{*now.reminded});
  }

 private:
  static constexpr const char* timer = "penalty";
};

}  // namespace fines

#include "read_models/control_rows.hpp"
#include "read_models/runner.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

// What a runner does as one of several copies of a read model.

namespace cairn::actors {

void runner::in_strand_soon(std::function<void()> work) {
  const gate::stay inside{gate_};
  if (!inside) return;
  jobs_.post(std::move(work));
  wake_if_started();
}

void runner::stand_still(stood_callback told) {
  in_strand_soon([this, told = std::move(told)] { told(stand_still_now()); });
}

result<persistence::checkpoint_list> runner::stand_still_now() {
  // A commit that has failed may be stored after all: then it is further than it knows.
  if (reload_) {
    if (auto done = reload(); !done) return done.error();
  }
  last_ = applied(cursors_);
  return *last_;
}

void runner::go_to(persistence::checkpoint_list last) {
  in_strand_soon([this, last = std::move(last)] { last_ = last; });
}

void runner::go_freely() {
  in_strand_soon([this] { last_.reset(); });
}

void runner::save_soon() {
  in_strand_soon([this] {
    const bool may = type_.in_memory() && !harmed_ && settings_.snapshot_every != 0;
    if (may && unsaved_ > 0) save_snapshot();
  });
}

void runner::take_over(std::function<void(result<void>)> told) {
  in_strand_soon([this, told = std::move(told)] {
    auto taken = take_over_now();
    if (!taken) {
      progress_.note(taken.error());
      log(log_level::warning, "cannot take over yet: " + describe(taken.error()));
    }
    told(std::move(taken));
  });
}

result<void> runner::take_over_now() {
  CAIRN_ASSERT(!serves_ && last_.has_value());
  if (auto refused = progress_.refusal()) return *std::move(refused);
  if (auto ready = reload_ ? reload() : result<void>{}; !ready) return ready;
  const persistence::checkpoint_list here = applied(cursors_);
  if (effects_ != nullptr) {
    if (auto kept = keep_replayed(here); !kept) return kept;
  }
  auto batch = view_->begin();
  if (!batch) return batch.error();
  (*batch)->tables().put(places_.control, as_bytes(serves_row), as_bytes("1"));
  (*batch)->tables().erase(places_.control, as_bytes(building_row));
  // From here on it is the one that serves after a restart.
  if (auto done = commit(**batch, here); !done) return done;
  if (!type_.in_memory()) unsaved_ = 0;
  building_noted_ = false;
  caught_up_once_ = true;
  goal_at_start_ = here;
  built_goal_ = here;
  if (effects_ != nullptr) {
    effects_->drop();
    effects_->replay_up_to(here);
  }
  serves_ = true;
  progress_.publish(here, 0, true);
  log(log_level::info, "has taken over");
  return {};
}

void runner::retire() {
  end();
  view_.reset();
}

void runner::begin_building() {
  caught_up_once_ = false;
  built_goal_ = goal_at_start_;
  building_noted_ = true;
  auto batch = view_->begin();
  auto noted = batch ? result<void>{} : result<void>{batch.error()};
  if (noted) {
    put_goal((*batch)->tables(), places_.control, built_goal_);
    noted = commit(**batch, applied(cursors_));
  }
  if (noted) return;
  log(log_level::warning,
      "will count as built after the next start, although it may not be: " +
          describe(noted.error()));
}

void runner::end_building() {
  if (!std::exchange(building_noted_, false)) return;
  auto batch = view_->begin();
  auto noted = batch ? result<void>{} : result<void>{batch.error()};
  if (noted) {
    (*batch)->tables().erase(places_.control, as_bytes(building_row));
    noted = commit(**batch, applied(cursors_));
    if (noted && !type_.in_memory()) unsaved_ = 0;
  }
  if (noted) return;
  log(log_level::warning,
      "will count as being built for a moment after the next start: " + describe(noted.error()));
}

void runner::rest_after(std::chrono::nanoseconds batch, time_point now) {
  if (serves_) return;
  const std::chrono::nanoseconds rest = batch / role_.percent * (100 - role_.percent);
  rests_until_ = now + std::min<std::chrono::nanoseconds>(rest, longest_rest);
}

result<rebuild_answer> runner::rebuild() {
  return error{error::code::bad_input, label() + " has no place for another copy"};
}

result<void> runner::cancel_rebuild() {
  return error{error::code::not_found, label() + ": no copy is being built"};
}

}  // namespace cairn::actors

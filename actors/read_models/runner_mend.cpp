#include "read_models/failure_text.hpp"
#include "read_models/letter_rows.hpp"
#include "read_models/runner.hpp"

#include <algorithm>
#include <utility>

// The way back for a model in memory whose `apply` has thrown half way: to the newest state that is
// known to be good, and from there through the journal to where it was, without what it had passed
// over. Queries are kept out meanwhile, so nobody sees it go back.
//
// Whenever a letter is applied or discarded, the state is kept at once (keep_state). So since the
// state that we go back to, letters have only been added: all that there are now are left out.

namespace cairn::actors {
namespace {

/// Between two looks at whether we are to stop.
constexpr std::uint64_t replay_events = 10'000;

}  // namespace

result<void> runner::mend(open_batch& batch) {
  if (effects_ != nullptr && serves_) {
    // All of it has been applied before, or was to be replayed anyway.
    persistence::checkpoint_list known = applied(cursors_);
    for (std::size_t i = 0; i < known.size(); ++i)
      known[i] = std::max(known[i], goal_at_start_[i]);
    effects_->replay_up_to(std::move(known));
  }
  result<void> done;
  for (unsigned attempt = 0; attempt < settings_.attempts; ++attempt) {
    done = replay_to_cursors(batch);
    if (done) {
      harmed_ = false;
      return {};
    }
    if (jobs_.closed()) break;
    log(log_level::warning, "cannot go back to a good state: " + reason(done.error()));
  }
  return error{done.error().what,
               label() + ": cannot go back to a good state: " + reason(done.error())};
}

result<void> runner::replay_to_cursors(open_batch& batch) {
  const auto base = go_back();
  if (!base) return base.error();
  std::vector<position> passed = letters_.positions();
  passed.insert(passed.end(), skipped_since_.begin(), skipped_since_.end());
  std::sort(passed.begin(), passed.end());
  leaving_out sorter{std::move(passed)};
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    persistence::log_cursor at{(*base)[i] + 1, 0};
    while (at.next_offset < cursors_[i].next_offset) {
      if (jobs_.closed()) return error{error::code::shutting_down, label()};
      const auto failed =
          feeder_.feed(*journals_[i], at, replay_events, cursors_[i].next_offset, batch, &sorter);
      // They have been counted when they were applied for the first time.
      (void)feeder_.take_applied();
      if (failed) return error{failed->why.what, place_of(*failed) + ": " + reason(failed->why)};
    }
  }
  return {};
}

result<persistence::checkpoint_list> runner::go_back() {
  if (restore_point_) {
    if (auto done = fold_->restore(restore_point_->state.view()); !done) return done.error();
    return restore_point_->reached;
  }
  const auto saved = view_->load_state();
  if (!saved && saved.error().what != error::code::corrupt) return saved.error();
  if (saved && saved->has_value()) {
    // Those that we have are at least as new.
    letter_box older{{}};
    const auto bytes = take_letters((*saved)->bytes, older);
    if (bytes && fold_->restore(*bytes)) return (*saved)->checkpoints;
  }
  fold_->clear();
  return persistence::checkpoint_list(journals_.size());
}

void runner::set_restore_point() {
  restore_point point;
  if (auto done = fold_->save(point.state); !done) {
    return log(log_level::warning, "cannot keep the state: " + reason(done.error()));
  }
  point.reached = applied(cursors_);
  restore_point_ = std::move(point);
  skipped_since_.clear();
}

void runner::keep_state() {
  if (settings_.snapshot_every != 0 && save_snapshot()) return;
  set_restore_point();
}

}  // namespace cairn::actors

#include "read_models/control_rows.hpp"
#include "read_models/letter_rows.hpp"
#include "read_models/runner.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {

result<void> runner::start(executor& on) {
  CAIRN_ASSERT(cursors_.empty());
  auto reached = type_.in_memory() ? restored_checkpoints() : stored_checkpoints();
  if (!reached) return reached.error();
  stored_ = *reached;
  if (settings_.from_now) reached = begin_now(*reached);
  if (!reached) return reached.error();
  const auto paused = has_row(*view_, places_.control, paused_row);
  if (!paused) return paused.error();
  const auto goal = load_goal(*view_, places_.control, journals_.size());
  if (!goal) return goal.error();
  for (std::size_t i = 0; i < journals_.size(); ++i) {
    cursors_.push_back({(*reached)[i] + 1, 0});
    goal_at_start_.push_back(journals_[i]->durable_offset());
  }
  const auto is_zero = [](std::uint64_t offset) {
    return offset == 0;
  };
  const bool from_nothing = std::all_of(reached->begin(), reached->end(), is_zero);
  const bool has_goal = !std::all_of(goal_at_start_.begin(), goal_at_start_.end(), is_zero);
  built_goal_ = goal->value_or(goal_at_start_);
  building_noted_ = goal->has_value();
  const bool begins = from_nothing && has_goal;
  if (begins) jobs_.post([this] { begin_building(); });
  progress_.begin(*reached, begins || building_noted_);
  publish_letters();
  paused_ = *paused;
  if (paused_) progress_.pause(true);
  if (effects_ != nullptr) begin_effects();
  runs_on_ = &on;
  if (!role_.watches) watches_->start(on, type_.name());
  strand_ = on.attach(executor::kind::may_block, [this] { run(); });
  awake_.store(strand_.get(), std::memory_order_release);
  clock_moved_ = time_.when_moved([this] { wake_if_started(); });
  strand_->wake();
  return {};
}

void runner::stop() {
  end();
  if (view_ == nullptr) return;
  if (unsaved_ > 0 && !type_.in_memory()) {
    // What is stored may be further than we know.
    if (!reload_) save_checkpoint();
  } else if (unsaved_ > 0 && !harmed_ && settings_.snapshot_every != 0) {
    save_snapshot();
  }
  view_.reset();
}

void runner::end() {
  progress_.close();
  jobs_.close();
  gate_.close();
  clock_moved_.reset();
  awake_ = nullptr;
  fold_->interrupt();
  // Not by reset() alone: a run that is on still uses the pointer.
  if (strand_) strand_->stop();
  strand_.reset();
  progress_.tell();
  if (!role_.watches) watches_->stop(*progress_.refusal());
}

result<persistence::checkpoint_list> runner::stored_checkpoints() {
  auto reached = view_->checkpoints();
  if (!reached) {
    if (reached.error().what != error::code::corrupt) return reached;
    return start_over(reached.error().detail);
  }
  if (auto why = ahead_of_journal(*reached)) return start_over(*why);
  if (auto done = load_letters(); !done) {
    if (done.error().what != error::code::corrupt) return done.error();
    return start_over(done.error().detail);
  }
  return reached;
}

result<persistence::checkpoint_list> runner::restored_checkpoints() {
  auto saved = view_->load_state();
  if (!saved) {
    if (saved.error().what != error::code::corrupt) return saved.error();
    return start_over(saved.error().detail);
  }
  if (!saved->has_value()) return persistence::checkpoint_list(journals_.size());
  const persistence::saved_state& state = **saved;
  if (state.schema_version != type_.state_schema_version()) {
    return start_over("the saved state has schema version " + std::to_string(state.schema_version) +
                      ", the program's is " + std::to_string(type_.state_schema_version()));
  }
  if (auto why = ahead_of_journal(state.checkpoints)) return start_over(*why);
  const auto bytes = take_letters(state.bytes, letters_);
  if (!bytes) return start_over(describe(bytes.error()));
  if (auto done = fold_->restore(*bytes); !done) return start_over(describe(done.error()));
  return state.checkpoints;
}

result<persistence::checkpoint_list> runner::start_over(std::string_view why) {
  log(log_level::warning, "starts from nothing: " + std::string{why});
  if (auto done = view_->clear(); !done) return done.error();
  if (type_.in_memory()) fold_->clear();
  letters_.clear();
  return persistence::checkpoint_list(journals_.size());
}

std::optional<std::string> runner::ahead_of_journal(
    const persistence::checkpoint_list& reached) const {
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const std::uint64_t durable = journals_[i]->durable_offset();
    if (reached[i] <= durable) continue;
    return "it is at offset " + std::to_string(reached[i]) + " of partition " + std::to_string(i) +
           ", the journal ends at " + std::to_string(durable);
  }
  return std::nullopt;
}

bool runner::save_snapshot() {
  unsaved_ = 0;
  byte_buffer state;
  auto saved = fold_->save(state);
  if (saved) {
    append_letters(state, letters_);
    saved = view_->save_state(state.view(), type_.state_schema_version(), applied(cursors_));
  }
  // The older one is still there; it only takes longer to start from it.
  if (!saved) {
    log(log_level::warning, "no snapshot: " + describe(saved.error()));
    return false;
  }
  restore_point_.reset();
  skipped_since_.clear();
  return true;
}

void runner::save_checkpoint() {
  unsaved_ = 0;
  auto batch = view_->begin();
  const auto saved = batch ? commit(**batch, applied(cursors_)) : result<void>{batch.error()};
  if (saved) return;
  log(log_level::warning, "no checkpoint: " + describe(saved.error()));
}

std::unique_ptr<read_model_runner> make_read_model_runner(
    const detail::read_model_type& type,
    std::vector<persistence::journal*> journals,
    std::shared_ptr<persistence::view> view,
    const clock& time,
    read_model_runner::options settings) {
  return std::make_unique<runner>(
      type, std::move(journals), std::move(view), time, std::move(settings));
}

}  // namespace cairn::actors

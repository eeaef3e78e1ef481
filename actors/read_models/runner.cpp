#include "read_models/runner.hpp"

#include "read_models/at_work.hpp"
#include "wake_times.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace cairn::actors {
namespace {

/// Queries are kept out while a batch is applied in memory: so these are small.
constexpr std::uint64_t memory_batch_max = 2'000;

/// Without one wanted event in so many, the checkpoint is stored for its own sake.
constexpr std::uint64_t unsaved_max = 1'000'000;

/// So many places that have been skipped are remembered; then the state is kept instead.
constexpr std::size_t skipped_since_max = 4'096;

/// Of one partition in a batch; 0 is no limit.
std::uint64_t share_of(std::uint64_t limit, std::size_t partitions) {
  return limit == 0 ? feeder::no_end : std::max<std::uint64_t>(limit / partitions, 1);
}

error interrupted(const std::string& label) {
  return {error::code::stale, label + ": updates were lost to trouble with the disk; watch again"};
}

}  // namespace

runner::runner(const detail::read_model_type& type,
               std::vector<persistence::journal*> journals,
               std::shared_ptr<persistence::view> view,
               const clock& time,
               options settings,
               copy_role role)
    : type_(type),
      journals_(std::move(journals)),
      view_(std::move(view)),
      time_(time),
      settings_(std::move(settings)),
      fold_(type.make()),
      effects_(fold_->effects()),
      progress_(std::string{type.name()}, journals_.size()),
      role_(std::move(role)),
      watches_(role_.watches ? role_.watches : std::make_shared<watch_hub>()),
      feeder_(type,
              *fold_,
              {share_of(settings_.applied_max, journals_.size()),
               share_of(settings_.applied_bytes_max, journals_.size())}),
      pace_(settings_.linger, settings_.retry_delay),
      troubles_(journals_.size()),
      places_(type.table_names().size()),
      letters_({settings_.parked_keys_max, settings_.parked_per_key_max}),
      serves_(role_.serves) {
  CAIRN_ASSERT(!journals_.empty());
  CAIRN_ASSERT(settings_.attempts > 0);
  for (std::size_t i = 0; i < journals_.size(); ++i) {
    CAIRN_ASSERT(journals_[i]->partition().value == i);
  }
}

runner::~runner() {
  end();
}

void runner::hint() noexcept {
  if (settings_.ignore_hints) return;
  // Whoever comes while a flag is set may go: the run that clears the flags is still to come, and
  // it sees what was durable before this.
  if (flags_.fetch_or(hinted, std::memory_order_acq_rel) != 0) return;
  if (const gate::stay inside{gate_}) wake_if_started();
}

void runner::run() {
  step();
  if (role_.has_run) role_.has_run();
}

void runner::step() {
  jobs_.work();
  call_released();
  const time_point now = time_.steady();
  if (paused_ || (progress_.stopped() && !starts_again(now))) return;
  const bool hurry = progress_.somebody_waits() || last_ || backlog(now) >= settings_.batch_events;
  if (const auto until = pace_.hold(now, hurry)) return hold(*until, now);
  if (!serves_ && !last_ && now < rests_until_) return hold(rests_until_, now);
  // Before the look at the journals: a hint from here on makes another run.
  flags_.exchange(0, std::memory_order_acq_rel);
  run_batch(now);
  rest_after(time_.steady() - now, time_.steady());
  call_released();
  stop_where_due();
  progress_.tell();
  if (progress_.stopped()) return end_watches(*progress_.refusal());
  if (backlog(now) > 0) return strand_->wake();
  if (const auto retry_at = next_retry(now)) set_timer(*retry_at, now);
}

void runner::hold(time_point until, time_point now) {
  set_timer(until, now);
  flags_.fetch_or(holding, std::memory_order_acq_rel);
}

void runner::set_timer(time_point when, time_point now) {
  // An earlier one comes first and sets the next, so that timers do not pile up. One that is almost
  // due does not count: it may be the one that has brought us here, a trifle early.
  if (now + std::chrono::milliseconds{1} < timer_at_ && timer_at_ <= when) return;
  timer_at_ = when;
  strand_->wake_after(when - now);
}

void runner::run_batch(time_point now) {
  if (reload_) {
    if (auto done = reload(); !done) return on_storage_failure(done.error());
  }
  std::optional<watch_hub::batch> watched;
  if (effects_ != nullptr) {
    effects_->drop();
    effects_->gather_updates(serves_ && watched.emplace(*watches_).is_watched());
  }
  cursors at = cursors_;
  open_batch batch{*fold_, type_.in_memory() ? nullptr : view_.get()};
  trouble_sorter sorter{type_, troubles_, settings_.on_failure, letters_, time_.now()};
  const bool sorts = !letters_.empty() || something_given_up();
  feeder_.settle_each(std::exchange(one_by_one_, false));
  auto failed = feed(at, batch, now, sorts ? &sorter : nullptr);
  feeder_.settle_each(false);
  if (!failed && batch.is_open()) failed = hand_over();
  if (type_.in_memory()) {
    finish_memory(at, batch, failed, sorter.skipped());
  } else {
    finish_tables(at, batch, failed, sorter.skipped());
  }
}

result<void> runner::reload() {
  const auto stored = view_->checkpoints();
  if (!stored) return stored.error();
  for (std::size_t i = 0; i < stored->size(); ++i) {
    if ((*stored)[i] >= stored_[i]) continue;
    if (auto done = load_letters(); !done) return done;
    log(log_level::warning,
        "its storage has lost what was stored behind offset " + std::to_string((*stored)[i]) +
            " of partition " + std::to_string(i) + ", and applies it again");
    stand_at(*stored);
    return {};
  }
  stored_ = *stored;
  bool skipped = false;
  // What was passed over without a wanted event in it need not be stored to be true.
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    if ((*stored)[i] <= cursors_[i].applied()) continue;
    cursors_[i] = {(*stored)[i] + 1, 0};
    skipped = true;
  }
  if (auto done = load_letters(); !done) return done;
  // The batch was stored after all, and what its events emitted is lost.
  if (skipped) end_watches(interrupted(label()));
  reload_ = false;
  return {};
}

std::optional<feed_failure> runner::feed(cursors& at,
                                         open_batch& batch,
                                         time_point now,
                                         event_sorter* sorter) {
  std::uint64_t budget = settings_.batch_events;
  if (type_.in_memory()) budget = std::min(budget, memory_batch_max);
  const std::uint64_t share = std::max<std::uint64_t>(budget / journals_.size(), 1);
  const at_work here{face()};
  // Each batch begins with another partition.
  const std::size_t first = first_turn_++;
  for (std::size_t turn = 0; turn < journals_.size(); ++turn) {
    const std::size_t which = (first + turn) % journals_.size();
    const persistence::journal& from = *journals_[which];
    if (from.durable_offset() < at[which].next_offset) continue;
    auto failed = feeder_.feed(from, at[which], share, end_of(which, now), batch, sorter);
    if (failed) return failed;
  }
  return feeder_.settle(batch);
}

std::optional<feed_failure> runner::hand_over() {
  const at_work here{*this};
  auto refused = fold_->hand_over();
  if (!refused) return std::nullopt;
  using place = feed_failure::place;
  return feed_failure{.at = refused->is_of_event ? place::event : place::receiver,
                      .position = refused->at,
                      .event_type = std::move(refused->event_type),
                      .why = std::move(refused->why),
                      .hands_over = true};
}

void runner::finish_tables(const cursors& at,
                           open_batch& batch,
                           const std::optional<feed_failure>& failed,
                           const std::vector<position>& skipped) {
  const std::uint64_t newly_applied = feeder_.take_applied();
  if (failed) {
    batch.close();
    letters_.rollback();
    one_by_one_ = failed->at == feed_failure::place::events;
    if (!one_by_one_) on_failure(*failed);
    return;
  }
  if (auto put = put_letters(batch); !put) {
    letters_.rollback();
    return on_storage_failure(put.error());
  }
  if (batch.is_open()) {
    if (auto done = commit(batch, applied(at)); !done) {
      letters_.rollback();
      return on_storage_failure(done.error());
    }
    unsaved_ = 0;
    pace_.committed(time_.steady());
    passed_over(skipped);
    // First those who watch: once a query is told that it shows an event, so are they.
    release_effects();
    pass(at, newly_applied);
  } else {
    passed_over(skipped);
    // Nothing in it was wanted: the rows are those of the new checkpoint, too.
    pass(at, 0);
    if (unsaved_ >= unsaved_max) save_checkpoint();
  }
  after_batch();
}

void runner::finish_memory(const cursors& at,
                           open_batch& batch,
                           const std::optional<feed_failure>& failed,
                           const std::vector<position>& skipped) {
  skipped_since_.insert(skipped_since_.end(), skipped.begin(), skipped.end());
  passed_over(skipped);
  const bool threw = failed && failed->at == feed_failure::place::event &&
                     failed->why.what == error::code::user_code_threw;
  if (batch.is_open() && !threw) release_effects();
  pass(at, feeder_.take_applied());
  if (threw) {
    harmed_ = true;
    // While queries are still kept out: nobody may see what apply has left behind.
    if (settings_.on_failure == failure_policy::stop) return stop_on(*failed);
    auto mended = mend(batch);
    drop_effects();
    if (!mended) return halt(mended.error());
  }
  batch.close();
  if (threw || skipped_since_.size() >= skipped_since_max) set_restore_point();
  if (failed) return on_failure(*failed);
  after_batch();
  if (settings_.snapshot_every != 0 && unsaved_ >= settings_.snapshot_every) save_snapshot();
}

void runner::pass(const cursors& at, std::uint64_t newly_applied) {
  for (std::size_t i = 0; i < at.size(); ++i) {
    unsaved_ += at[i].next_offset - cursors_[i].next_offset;
  }
  cursors_ = at;
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (troubles_[i].offset < at[i].next_offset) troubles_[i] = {};
  }
  progress_.publish(applied(at), newly_applied, caught_up_once_ || has_goal());
}

void runner::after_batch() {
  if (std::exchange(storage_attempts_, 0) > 0) {
    progress_.wait_on(std::nullopt);
    log(log_level::info, "goes on");
  }
  if (caught_up_once_ || !has_goal()) return;
  caught_up_once_ = true;
  end_building();
  if (!role_.removes_older_versions) return;
  if (auto removed = view_->remove_older_versions(); !removed) {
    log(log_level::warning, "cannot remove older versions: " + describe(removed.error()));
  }
}

bool runner::has_goal() const {
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    if (cursors_[i].applied() < built_goal_[i]) return false;
  }
  return true;
}

persistence::checkpoint_list runner::applied(const cursors& at) {
  persistence::checkpoint_list reached;
  for (const persistence::log_cursor& one : at) {
    reached.push_back(one.applied());
  }
  return reached;
}

std::uint64_t runner::end_of(std::size_t partition, time_point now) const {
  const trouble& known = troubles_[partition];
  const std::uint64_t bound = last_ ? (*last_)[partition] + 1 : feeder::no_end;
  // What is before it is stored, and then the model stops.
  if (known.last_word) return std::min(bound, known.offset);
  // It is passed over in a batch that ends behind it: another failure must not undo that.
  if (known.given_up) return std::min(bound, known.offset + 1);
  return now < known.retry_at ? std::min(bound, known.offset) : bound;
}

std::uint64_t runner::backlog(time_point now) const {
  std::uint64_t events = 0;
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    const std::uint64_t end = std::min(journals_[i]->durable_offset() + 1, end_of(i, now));
    if (end > cursors_[i].next_offset) events += end - cursors_[i].next_offset;
  }
  return events;
}

std::optional<runner::time_point> runner::next_retry(time_point now) const {
  std::optional<time_point> earliest;
  for (const trouble& known : troubles_) {
    if (known.retry_at <= now) continue;
    if (!earliest || known.retry_at < *earliest) earliest = known.retry_at;
  }
  return earliest;
}

}  // namespace cairn::actors

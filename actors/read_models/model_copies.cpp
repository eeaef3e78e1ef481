#include "read_models/model_copies.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

/// A switch that takes longer is given up, so that the copy that serves does not stand still.
constexpr std::chrono::seconds attempt_longest{5};

/// Before the next one.
constexpr std::chrono::seconds attempt_pause{1};

}  // namespace

model_copies::model_copies(const detail::read_model_type& type,
                           std::vector<persistence::journal*> journals,
                           std::unique_ptr<persistence::view_shelf> shelf,
                           const clock& time,
                           options settings)
    : type_(type),
      journals_(std::move(journals)),
      shelf_(std::move(shelf)),
      time_(time),
      settings_(std::move(settings)) {}

model_copies::~model_copies() {
  close();
  for (const copy& one : {serving_, building_}) {
    if (one) one->carrier->retire();
  }
  watches_->stop({error::code::shutting_down, "read model " + std::string{type_.name()}});
}

result<void> model_copies::start(executor& on) {
  CAIRN_ASSERT(serving_ != nullptr && runs_on_ == nullptr);
  watches_->start(on, type_.name());
  {
    const std::lock_guard lock{mutex_};
    runs_on_ = &on;
    if (building_) make_strand_locked();
  }
  clock_moved_ = time_.when_moved([this] { nudge(); });
  if (auto started = serving_->carrier->start(on); !started) return started;
  return building_ ? building_->carrier->start(on) : result<void>{};
}

void model_copies::make_strand_locked() {
  if (!strand_) {
    runs_on_->call_next(std::string{type_.name()} + ", copies");
    strand_ = runs_on_->attach(executor::kind::may_block, [this] { step(); });
  }
  awake_.store(strand_.get(), std::memory_order_release);
}

void model_copies::nudge() const {
  // Runners that are alone call this all the time.
  if (awake_.load(std::memory_order_acquire) == nullptr) return;
  const std::lock_guard lock{mutex_};
  if (strand* const one = awake_.load(std::memory_order_relaxed)) one->wake();
}

void model_copies::hint() noexcept {
  copy now;
  copy next;
  {
    const std::lock_guard lock{mutex_};
    now = serving_;
    next = building_;
  }
  now->carrier->hint();
  if (next) next->carrier->hint();
}

void model_copies::close() {
  {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    awake_ = nullptr;
  }
  changed_.notify_all();
  clock_moved_.reset();
  if (strand_) strand_->stop();
  drop_retired();
}

void model_copies::stop() {
  close();
  if (building_) building_->carrier->stop();
  serving_->carrier->stop();
  // Nobody wakes it any more.
  strand_.reset();
  watches_->stop(*serving_->carrier->refusal());
}

model_copies::copy model_copies::serving() const {
  const std::lock_guard lock{mutex_};
  return serving_;
}

model_copies::copy model_copies::building() const {
  const std::lock_guard lock{mutex_};
  return building_;
}

bool model_copies::is_serving(const copy& one) const {
  const std::lock_guard lock{mutex_};
  return serving_ == one;
}

bool model_copies::closed() const {
  const std::lock_guard lock{mutex_};
  return closed_;
}

void model_copies::step() {
  drop_retired();
  {
    const std::lock_guard lock{mutex_};
    if (closed_ || !building_) return;
    switch (attempt_.now) {
      case attempt::phase::none: look_for_the_end_locked(); break;
      case attempt::phase::standing: meet_locked(); break;
      case attempt::phase::meeting: take_over_locked(); break;
      case attempt::phase::taking_over: finish_attempt_locked(); break;
    }
  }
  drop_retired();
}

/// Whether it is time to switch.
void model_copies::look_for_the_end_locked() {
  runner& now = *serving_->carrier;
  runner& next = *building_->carrier;
  const bool paused = now.is_paused();
  if (paused && !held_) next.stand_still([](const auto&) {});
  if (!paused && held_) next.go_freely();
  held_ = paused;
  // Whoever waits for it is told.
  if (next.refusal()) return changed_.notify_all();
  if (paused || controls_inside_ > 0 || !is_near(*building_)) return;
  // One that has stopped is as far as it will ever be.
  if (!now.refusal() && !is_near(*serving_)) return;
  const time_point at = time_.steady();
  if (at < not_before_) return wake_at_locked(not_before_, at);
  // Not while somebody waits for the switch.
  if (!std::exchange(saved_, true)) return next.save_soon();
  begin_attempt_locked();
}

bool model_copies::is_near(const model_copy& one) const {
  std::uint64_t behind = 0;
  for (const position& reached : one.carrier->checkpoints()) {
    const std::uint64_t durable = journals_[reached.partition.value]->durable_offset();
    if (durable > reached.offset) behind += durable - reached.offset;
  }
  return behind <= settings_.batch_events;
}

void model_copies::begin_attempt_locked() {
  const time_point now = time_.steady();
  const std::uint64_t number = attempt_.number + 1;
  attempt_ = {.now = attempt::phase::standing, .number = number, .expires = now + attempt_longest};
  const auto answer_to = [this, number](std::optional<result<checkpoint_list>> attempt::*where) {
    return [this, number, where](result<checkpoint_list> stands) {
      {
        const std::lock_guard lock{mutex_};
        if (attempt_.number == number) attempt_.*where = std::move(stands);
      }
      nudge();
    };
  };
  building_->carrier->stand_still(answer_to(&attempt::building_at));
  serving_->carrier->stand_still(answer_to(&attempt::serving_at));
  wake_at_locked(attempt_.expires, now);
}

void model_copies::meet_locked() {
  if (building_->carrier->refusal() || time_.steady() >= attempt_.expires) return give_up_locked();
  if (!attempt_.serving_at || !attempt_.building_at) return;
  if (!*attempt_.serving_at || !*attempt_.building_at) return give_up_locked();
  attempt_.meet_at = **attempt_.serving_at;
  for (std::size_t i = 0; i < attempt_.meet_at.size(); ++i)
    attempt_.meet_at[i] = std::max(attempt_.meet_at[i], (**attempt_.building_at)[i]);
  attempt_.now = attempt::phase::meeting;
  building_->carrier->go_to(attempt_.meet_at);
  serving_->carrier->go_to(attempt_.meet_at);
  take_over_locked();
}

bool model_copies::has_met_locked() const {
  const auto is_there = [this](const model_copy& one) {
    for (const position& reached : one.carrier->checkpoints()) {
      if (reached.offset != attempt_.meet_at[reached.partition.value]) return false;
    }
    return true;
  };
  return is_there(*building_) && (serving_->carrier->refusal() || is_there(*serving_));
}

void model_copies::take_over_locked() {
  if (building_->carrier->refusal() || time_.steady() >= attempt_.expires) return give_up_locked();
  if (!has_met_locked()) return;
  attempt_.now = attempt::phase::taking_over;
  building_->carrier->take_over([this, number = attempt_.number](result<void> taken) {
    {
      const std::lock_guard lock{mutex_};
      if (attempt_.number == number) attempt_.taken = std::move(taken);
    }
    nudge();
  });
}

void model_copies::finish_attempt_locked() {
  if (!attempt_.taken) return;
  // Its trouble with its storage stands in its status.
  if (!*attempt_.taken) return give_up_locked();
  retired_.push_back(std::exchange(serving_, std::exchange(building_, nullptr)));
  serving_->carrier->go_freely();
  attempt_ = {.number = attempt_.number + 1};
  awake_.store(nullptr, std::memory_order_release);
  changed_.notify_all();
}

void model_copies::give_up_locked() {
  abandon_locked();
  const time_point now = time_.steady();
  not_before_ = now + attempt_pause;
  wake_at_locked(not_before_, now);
}

void model_copies::abandon_locked() {
  if (attempt_.now == attempt::phase::none) return;
  attempt_ = {.number = attempt_.number + 1};
  serving_->carrier->go_freely();
  if (building_ && !held_) building_->carrier->go_freely();
  changed_.notify_all();
}

void model_copies::wake_at_locked(time_point when, time_point now) {
  strand_->wake_after(when - now);
}

/// Those who have come to an old copy before the switch leave it here; what they still wait for,
/// they then ask of the new one.
void model_copies::drop_retired() {
  for (;;) {
    copy old;
    persistence::view_place serves;
    {
      const std::lock_guard lock{mutex_};
      if (retired_.empty()) return;
      old = std::move(retired_.back());
      retired_.pop_back();
      serves = serving_->place;
    }
    old->carrier->retire();
    old.reset();
    remove_those_before(serves);
  }
}

}  // namespace cairn::actors

#include "read_models/model_copies.hpp"

#include <chrono>
#include <utility>

// What operators want is done to the copy that serves. While something is being done there is no
// switch, so it is never done to one that is about to go.

namespace cairn::actors {

/// A call of an operator, from when nothing is switching until it is done.
class model_copies::control_stay {
 public:
  explicit control_stay(model_copies& of) : of_(of) {
    executor* on = nullptr;
    {
      const std::lock_guard lock{of_.mutex_};
      if (!may_enter()) on = of_.runs_on_;
    }
    if (on != nullptr) {
      (void)on->run_until(
          [this] {
            const std::lock_guard lock{of_.mutex_};
            return may_enter();
          },
          std::chrono::hours{1});
    }
    std::unique_lock lock{of_.mutex_};
    of_.changed_.wait(lock, [this] { return may_enter(); });
    ++of_.controls_inside_;
    of_.abandon_locked();
  }
  control_stay(const control_stay&) = delete;
  control_stay& operator=(const control_stay&) = delete;
  ~control_stay() {
    {
      const std::lock_guard lock{of_.mutex_};
      --of_.controls_inside_;
    }
    of_.nudge();
  }

 private:
  /// Once the new one has begun to note that it has taken over, there is no way back.
  [[nodiscard]] bool may_enter() const {
    return of_.closed_ || of_.attempt_.now != attempt::phase::taking_over;
  }

  model_copies& of_;
};

template <class Call> auto model_copies::control(const Call& call) {
  const control_stay here{*this};
  return call(*serving()->carrier);
}

result<void> model_copies::pause() {
  return control([](runner& one) { return one.pause(); });
}

result<void> model_copies::resume() {
  const control_stay here{*this};
  if (auto done = serving()->carrier->resume(); !done) return done;
  const copy next = building();
  return next && next->carrier->refusal() ? next->carrier->resume() : result<void>{};
}

result<void> model_copies::reset() {
  return control([](runner& one) { return one.reset(); });
}

result<void> model_copies::set_checkpoint(std::span<const position> to) {
  return control([to](runner& one) { return one.set_checkpoint(to); });
}

result<std::vector<dead_letter>> model_copies::dead_letters(const dead_letter_query& query) {
  return control([&](runner& one) { return one.dead_letters(query); });
}

result<std::vector<dead_letter_count>> model_copies::dead_letter_keys() {
  return control([](runner& one) { return one.dead_letter_keys(); });
}

result<dead_letter_report> model_copies::retry_dead_letters(
    const std::optional<std::string>& sequence_key) {
  return control([&](runner& one) { return one.retry_dead_letters(sequence_key); });
}

result<std::uint64_t> model_copies::discard_dead_letters(
    const std::optional<std::string>& sequence_key) {
  return control([&](runner& one) { return one.discard_dead_letters(sequence_key); });
}

result<void> model_copies::discard_dead_letter(position one) {
  return control([one](runner& of) { return of.discard_dead_letter(one); });
}

result<rebuild_answer> model_copies::rebuild() {
  const control_stay here{*this};
  copy stopped;
  persistence::view_place place{.version = type_.version()};
  {
    const std::lock_guard lock{mutex_};
    if (closed_ || runs_on_ == nullptr) {
      return error{error::code::shutting_down, "read model " + std::string{type_.name()}};
    }
    if (making_ || (building_ && !building_->carrier->refusal())) return rebuild_answer::under_way;
    stopped = building_;
    making_ = !stopped;
    if (making_) place.copy = ++last_copy_;
  }
  if (stopped) {
    if (auto done = stopped->carrier->resume(); !done) return done.error();
    return rebuild_answer::retried;
  }
  auto made = open_copy(place, false);
  auto started = made ? (*made)->carrier->start(*runs_on_) : result<void>{made.error()};
  if (!started) {
    if (made) (*made)->carrier->retire();
    (void)shelf_->remove(place);
    (void)begin_building(nullptr);
    return started.error();
  }
  if (!begin_building(*made)) {
    (*made)->carrier->retire();
    return error{error::code::shutting_down, "read model " + std::string{type_.name()}};
  }
  log(log_level::info, "a new copy is built from the beginning of the journal");
  return rebuild_answer::begun;
}

bool model_copies::begin_building(const copy& made) {
  const std::lock_guard lock{mutex_};
  making_ = false;
  if (made == nullptr || closed_) return false;
  building_ = made;
  held_ = false;
  saved_ = false;
  not_before_ = {};
  make_strand_locked();
  return true;
}

result<void> model_copies::cancel_rebuild() {
  const control_stay here{*this};
  copy dropped;
  {
    const std::lock_guard lock{mutex_};
    if (!building_) {
      return error{error::code::not_found,
                   "read model " + std::string{type_.name()} + ": no copy is being built"};
    }
    if (serving_->is_former) {
      return error{error::code::bad_input,
                   "read model " + std::string{type_.name()} + ": version " +
                       std::to_string(type_.version()) +
                       " is the program's own, and must be built"};
    }
    dropped = std::exchange(building_, nullptr);
    held_ = false;
    awake_.store(nullptr, std::memory_order_release);
  }
  dropped->carrier->retire();
  if (auto done = shelf_->remove(dropped->place); !done) return done;
  log(log_level::info, "the copy that was being built is given up");
  return {};
}

}  // namespace cairn::actors

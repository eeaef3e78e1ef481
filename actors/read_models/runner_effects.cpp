#include "read_models/at_work.hpp"
#include "read_models/runner.hpp"

#include <utility>

// What the events of a batch leave beside the model.

namespace cairn::actors {
namespace {

/// Of what the view keeps of a model in tables as if it were a state: up to where events were
/// durable when it began. It has no bytes.
constexpr std::uint32_t replay_schema_version = 0;

thread_local const read_model_runner* model_at_work = nullptr;

}  // namespace

const read_model_runner* read_model_at_work() noexcept {
  return model_at_work;
}

at_work::at_work(const read_model_runner& model) noexcept
    : before_(std::exchange(model_at_work, &model)) {}

at_work::~at_work() {
  model_at_work = before_;
}

void runner::begin_effects() {
  // Whatever the copy that serves has told, or will.
  if (!serves_) return effects_->replay_up_to(everything());
  // Of a model in memory, events that a former process has applied come again; nobody knows which.
  if (type_.in_memory()) return effects_->replay_up_to(goal_at_start_);
  // Cleared together with the rows. Where there are rows without it, nobody knows whether a rebuild
  // is still on: then nothing is repeated.
  const auto saved = view_->load_state();
  if (saved && saved->has_value()) return effects_->replay_up_to((*saved)->checkpoints);
  begin_effects_anew();
}

void runner::begin_effects_anew() {
  if (!serves_) return effects_->replay_up_to(everything());
  effects_->replay_up_to(goal_at_start_);
  const auto kept = keep_replayed(goal_at_start_);
  if (kept) return;
  log(log_level::warning,
      "may take for new what is replayed after the next start: " + describe(kept.error()));
}

persistence::checkpoint_list runner::everything() const {
  return persistence::checkpoint_list(journals_.size(), feeder::no_end);
}

result<void> runner::keep_replayed(const persistence::checkpoint_list& up_to) {
  if (type_.in_memory()) return {};
  return view_->save_state({}, replay_schema_version, up_to);
}

void runner::release_effects() {
  // What it gathered is dropped by the next batch.
  if (!serves_) return;
  if (effects_ == nullptr) return watches_->touch();
  auto updates = effects_->take_updates();
  if (!updates.empty()) watches_->publish(std::move(updates));
  watches_->touch();
  released_code_ = effects_->take_code();
}

void runner::call_released() {
  if (released_code_.empty()) return;
  const at_work here{face()};
  for (const std::function<void()>& code : std::exchange(released_code_, {})) {
    try {
      code();
    } catch (...) {  // NOLINT(bugprone-empty-catch)
      // The event is applied and durable: nothing that its effects do can change that.
    }
  }
}

void runner::drop_effects() {
  end_watches({error::code::stale,
               label() + ": an event could not be applied, and the state went back; watch again"});
  if (effects_ != nullptr) effects_->drop();
}

void runner::end_watches(const error& why) {
  if (!serves_) return;
  watches_->end_all(why);
}

}  // namespace cairn::actors

#include "read_models/control_rows.hpp"
#include "read_models/failure_text.hpp"
#include "read_models/letter_rows.hpp"
#include "read_models/runner.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

bool is_nothing(const persistence::checkpoint_list& reached) {
  return std::all_of(
      reached.begin(), reached.end(), [](std::uint64_t offset) { return offset == 0; });
}

}  // namespace

result<void> runner::pause() {
  return in_strand<void>([this] { return pause_now(); });
}

result<void> runner::resume() {
  return in_strand<void>([this] { return resume_now(); });
}

result<void> runner::reset() {
  return in_strand<void>([this] { return reset_now(); });
}

result<void> runner::set_checkpoint(std::span<const position> to) {
  return in_strand<void>([this, to] { return move_to(to); });
}

result<void> runner::pause_now() {
  if (paused_) return {};
  if (auto done = store_paused(true); !done) return done;
  paused_ = true;
  progress_.pause(true);
  log(log_level::info, "is paused");
  return {};
}

result<void> runner::resume_now() {
  if (paused_) {
    if (auto done = store_paused(false); !done) return done;
    paused_ = false;
    progress_.pause(false);
    log(log_level::info, "is resumed");
  }
  if (!progress_.stopped()) return {};
  stops_in_row_ = 0;
  return begin_again(false);
}

result<void> runner::store_paused(bool paused) {
  // Together with it, the checkpoint is stored: it must not fall behind the rows.
  if (reload_) {
    if (auto done = reload(); !done) return done;
  }
  auto batch = view_->begin();
  if (!batch) return batch.error();
  if (paused) {
    (*batch)->tables().put(places_.control, as_bytes(paused_row), as_bytes("1"));
  } else {
    (*batch)->tables().erase(places_.control, as_bytes(paused_row));
  }
  auto done = commit(**batch, applied(cursors_));
  if (done && !type_.in_memory()) unsaved_ = 0;
  return done;
}

result<persistence::checkpoint_list> runner::begin_now(
    const persistence::checkpoint_list& reached) {
  const auto begun = has_row(*view_, places_.control, begun_row);
  if (!begun) return begun.error();
  if (*begun || !is_nothing(reached)) return reached;
  persistence::checkpoint_list end;
  for (const persistence::journal* journal : journals_) {
    end.push_back(journal->durable_offset());
  }
  auto batch = view_->begin();
  if (!batch) return batch.error();
  // It stays when the model begins anew: that is from the beginning of the journal.
  (*batch)->tables().put(places_.control, as_bytes(begun_row), as_bytes("1"));
  if (auto done = (*batch)->commit(end); !done) return done.error();
  return end;
}

result<void> runner::reset_now() {
  if (auto done = view_->clear(); !done) {
    reload_ = !type_.in_memory();
    return done;
  }
  if (type_.in_memory()) fold_->clear();
  letters_.clear();
  stand_at(persistence::checkpoint_list(journals_.size()));
  log(log_level::info, "begins anew");
  return {};
}

result<void> runner::move_to(std::span<const position> to) {
  if (!paused_) {
    return error{error::code::bad_input,
                 label() + " must be paused before its checkpoint can be set"};
  }
  if (auto ready = reload_ ? reload() : result<void>{}; !ready) return ready;
  persistence::checkpoint_list reached = applied(cursors_);
  for (const position& one : to) {
    const bool known = one.partition.value < journals_.size();
    if (!known || one.offset > journals_[one.partition.value]->durable_offset()) {
      return error{error::code::bad_input, "there is no event" + place_of(one)};
    }
    reached[one.partition.value] = one.offset;
  }
  if (type_.in_memory()) {
    if (is_nothing(reached)) return reset_now();
    return error{error::code::bad_input,
                 label() + " is kept in memory: its checkpoint can be set to nothing only"};
  }
  // They will be met again, and parked then if need be.
  const auto ahead = letters_.numbers_of([&](const dead_letter& one) {
    return one.position.offset > reached[one.position.partition.value];
  });
  auto batch = view_->begin();
  if (!batch) return batch.error();
  for (const std::uint64_t number : ahead) {
    erase_letter((*batch)->tables(), places_.letters, number);
  }
  if (auto done = commit(**batch, reached); !done) return done;
  letters_.remove(ahead);
  stand_at(reached);
  log(log_level::info, "its checkpoint has been set");
  return {};
}

void runner::stand_at(const persistence::checkpoint_list& reached) {
  harmed_ = false;
  reload_ = false;
  stored_ = reached;
  unsaved_ = 0;
  storage_attempts_ = 0;
  progress_.wait_on(std::nullopt);
  stops_in_row_ = 0;
  fold_->begin_anew();
  pace_.begin_anew();
  restore_point_.reset();
  skipped_since_.clear();
  troubles_.assign(journals_.size(), {});
  for (std::size_t i = 0; i < journals_.size(); ++i) {
    cursors_[i] = {reached[i] + 1, 0};
    goal_at_start_[i] = journals_[i]->durable_offset();
  }
  end_watches({error::code::stale, label() + " has been set back or forward; watch again"});
  if (effects_ != nullptr) begin_effects_anew();
  publish_letters();
  if (is_nothing(reached)) begin_building();
  progress_.go_on(false);
  progress_.begin(reached, is_nothing(reached) && !is_nothing(goal_at_start_));
}

}  // namespace cairn::actors

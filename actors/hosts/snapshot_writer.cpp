#include "cairn/actors/snapshot_writer.hpp"

#include <pthread.h>
#include <utility>

namespace cairn::actors {

snapshot_writer::snapshot_writer(
    persistence::snapshot_store& store,
    log_sink log,
    std::function<void(const persistence::snapshot_store::item&)> stored,
    std::function<void()> run_by)
    : store_(store), log_(std::move(log)), stored_one_(std::move(stored)) {
  if (run_by) {
    wake_.tell(std::move(run_by));
    return;
  }
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "cairn.snapshots");
    run();
  }};
}

snapshot_writer::~snapshot_writer() {
  stop();
}

void snapshot_writer::give(std::vector<persistence::snapshot_store::item>&& items) {
  {
    const std::lock_guard lock{mutex_};
    for (auto& one : items) {
      if (!has_room_for(one)) forget_what_would_be_erased_by(one);
      if (has_room_for(one)) {
        waiting_bytes_ += one.what.state.size();
        waiting_.push_back(std::move(one));
      } else {
        dropped_.fetch_add(1);
      }
    }
  }
  wake_.set();
}

/// One that is larger than all that may wait is taken, too, when it is alone.
bool snapshot_writer::has_room_for(const item& one) const noexcept {
  if (waiting_.empty()) return true;
  const std::size_t bytes = waiting_bytes_ + one.what.state.size();
  return waiting_.size() < waiting_max && bytes <= waiting_bytes_max;
}

void snapshot_writer::forget_what_would_be_erased_by(const item& one) {
  if (!one.erase_up_to || one.hide_up_to) return;
  std::erase_if(waiting_, [&](const item& older) {
    const bool goes = older.what.version <= *one.erase_up_to && !older.hide_up_to &&
                      older.id == one.id && older.type == one.type;
    if (goes) waiting_bytes_ -= older.what.state.size();
    return goes;
  });
}

void snapshot_writer::erase(superfluous what) {
  {
    const std::lock_guard lock{mutex_};
    if (to_erase_.size() < waiting_max) to_erase_.push_back(std::move(what));
  }
  wake_.set();
}

void snapshot_writer::stop() {
  if (wake_.is_told()) {
    while (step()) {
    }
    return;
  }
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.set();
  thread_.join();
}

void snapshot_writer::run() {
  for (;;) {
    bool last = false;
    {
      const std::lock_guard lock{mutex_};
      last = stopping_;
    }
    if (step()) continue;
    if (last) return;
    wake_.wait();
  }
}

bool snapshot_writer::step() {
  std::vector<persistence::snapshot_store::item> items;
  std::vector<superfluous> to_erase;
  {
    const std::lock_guard lock{mutex_};
    items.swap(waiting_);
    waiting_bytes_ = 0;
    to_erase.swap(to_erase_);
  }
  for (const superfluous& one : to_erase) {
    if (auto done = store_.erase({one.type, one.id}, {0}, one.up_to); !done) {
      log_(log_level::warning, "snapshots were not erased: " + describe(done.error()));
    }
  }
  if (items.empty()) return !to_erase.empty();
  // Of bounded size, so that one that fails does not take all the others with it.
  std::vector<item> together;
  std::size_t bytes = 0;
  for (item& one : items) {
    bytes += one.what.state.size();
    if (!together.empty() && bytes > stored_at_once_bytes_max) {
      store(std::exchange(together, {}));
      bytes = one.what.state.size();
    }
    together.push_back(std::move(one));
  }
  store(together);
  return true;
}

void snapshot_writer::store(const std::vector<item>& items) {
  if (auto done = store_.store(items); !done) {
    return log_(log_level::warning, "snapshots were not stored: " + describe(done.error()));
  }
  stored_.fetch_add(items.size());
  if (!stored_one_) return;
  for (const item& one : items)
    stored_one_(one);
}

}  // namespace cairn::actors

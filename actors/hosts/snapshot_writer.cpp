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
      if (waiting_.size() < waiting_max) {
        waiting_.push_back(std::move(one));
      } else {
        dropped_.fetch_add(1);
      }
    }
  }
  wake_.set();
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
    to_erase.swap(to_erase_);
  }
  for (const superfluous& one : to_erase) {
    if (auto done = store_.erase({one.type, one.id}, {0}, one.up_to); !done) {
      log_(log_level::warning, "snapshots were not erased: " + describe(done.error()));
    }
  }
  if (items.empty()) return !to_erase.empty();
  if (auto done = store_.store(items); !done) {
    log_(log_level::warning, "snapshots were not stored: " + describe(done.error()));
    return true;
  }
  stored_.fetch_add(items.size());
  if (!stored_one_) return true;
  for (const auto& one : items)
    stored_one_(one);
  return true;
}

}  // namespace cairn::actors

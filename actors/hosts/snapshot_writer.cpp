#include "cairn/actors/snapshot_writer.hpp"

#include <pthread.h>
#include <utility>

namespace cairn::actors {

snapshot_writer::snapshot_writer(persistence::snapshot_store& store, log_sink log)
    : store_(store), log_(std::move(log)), thread_([this] {
        pthread_setname_np(pthread_self(), "cairn.snapshots");
        run();
      }) {}

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

void snapshot_writer::stop() {
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
    std::vector<persistence::snapshot_store::item> items;
    bool last = false;
    {
      const std::lock_guard lock{mutex_};
      items.swap(waiting_);
      last = stopping_;
    }
    if (items.empty()) {
      if (last) return;
      wake_.wait();
      continue;
    }
    if (auto done = store_.store(items); !done) {
      log_(log_level::warning, "snapshots were not stored: " + describe(done.error()));
    } else {
      stored_.fetch_add(items.size());
    }
  }
}

}  // namespace cairn::actors

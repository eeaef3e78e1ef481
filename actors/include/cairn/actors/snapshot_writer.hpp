#pragma once

#include "cairn/detail/mpsc_queue.hpp"
#include "cairn/log.hpp"
#include "cairn/persistence/snapshots.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cairn::actors {

/// Stores snapshots behind everybody's back, in a thread of its own. A bounded number of bounded
/// size waits; beyond it those go that a new one would erase, and then new ones are dropped, since
/// a snapshot saves time and nothing else. give(): any thread.
class snapshot_writer {
 public:
  /// @param stored called after each one that is stored, by the writer's thread
  /// @param run_by not null: there is no thread. It is called when there is something to do, and
  /// whoever is woken calls step() until it is false
  snapshot_writer(persistence::snapshot_store& store,
                  log_sink log,
                  std::function<void(const persistence::snapshot_store::item&)> stored = {},
                  std::function<void()> run_by = {});
  snapshot_writer(const snapshot_writer&) = delete;
  snapshot_writer& operator=(const snapshot_writer&) = delete;
  ~snapshot_writer();

  /// Takes the snapshots over. Does not block for long.
  void give(std::vector<persistence::snapshot_store::item>&& items);
  struct superfluous {
    std::string type;
    std::string id;
    version up_to;
  };
  /// Erases these. Does not block for long. They stay when the machine goes down meanwhile, until
  /// the next time.
  void erase(superfluous what);
  /// Does what was asked for so far; false: there was nothing. By the writer's thread, or by
  /// whoever does its work.
  bool step();
  /// Stores what was given and joins the thread.
  void stop();

  [[nodiscard]] std::uint64_t stored() const noexcept { return stored_.load(); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(); }

 private:
  using item = persistence::snapshot_store::item;

  void run();
  [[nodiscard]] bool has_room_for(const item& one) const noexcept;
  void forget_what_would_be_erased_by(const item& one);
  /// In one transaction.
  void store(const std::vector<item>& items);

  static constexpr std::size_t waiting_max = 4096;
  static constexpr std::size_t waiting_bytes_max = std::size_t{64} << 20U;
  static constexpr std::size_t stored_at_once_bytes_max = std::size_t{4} << 20U;

  persistence::snapshot_store& store_;
  log_sink log_;
  std::function<void(const persistence::snapshot_store::item&)> stored_one_;
  std::mutex mutex_;
  std::vector<persistence::snapshot_store::item> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::vector<superfluous> to_erase_;
  bool stopping_ = false;
  detail::wake_signal wake_;
  std::atomic<std::uint64_t> stored_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::thread thread_;
};

}  // namespace cairn::actors

#pragma once

#include "cairn/result.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace cairn::detail {

/// The door of a runtime: a bounded number of commands in flight, and a gate for stopping. Any
/// thread.
class admission {
 public:
  /// The way to one partition. It counts the commands that have been handed to a host of the
  /// partition and have not been answered: the partition's writer waits for these and no others.
  class lane {
   public:
    lane(admission& door, bool counts) : door_(door), counts_(counts) {}

    /// One admitted command goes this way. Before it is handed on.
    void enter() noexcept {
      if (counts_) on_the_way_.fetch_add(1, std::memory_order_relaxed);
    }

    /// A command that went this way is answered: gives its credit back.
    void release() noexcept {
      if (counts_) on_the_way_.fetch_sub(1, std::memory_order_relaxed);
      door_.release();
    }

   private:
    friend class admission;
    admission& door_;
    /// False when there is no other way: then the door's own count says the same, and each command
    /// is counted once only.
    bool counts_;
    // By itself in the processor's cache: each is written by the threads of another partition.
    alignas(64) std::atomic<std::uint64_t> on_the_way_{0};
  };

  /// @param in_flight_max at least 1
  /// @param partitions at least 1
  explicit admission(std::uint32_t in_flight_max, std::size_t partitions = 1);

  /// Takes credit for `count` commands; each is given back by one release(), of the door or of the
  /// lane that it entered.
  /// overloaded: the limit is reached. shutting_down: close() was called. Then nothing is taken.
  [[nodiscard]] result<void> acquire(std::uint32_t count);

  /// Gives the credit of one command back.
  void release() noexcept;

  /// Keeps the runtime from stopping while somebody reads, until leave_reading(). Readers are not
  /// counted among the commands; there are at most as many. overloaded, shutting_down: as of
  /// acquire(); then there is nothing to leave.
  [[nodiscard]] result<void> enter_reading();
  void leave_reading() noexcept;

  /// Refuses everything from now on, then waits until everything admitted is released, at most
  /// until `deadline`, and until nobody reads, however long that takes. Returns the number of
  /// commands still in flight.
  std::uint64_t close_and_drain(std::chrono::steady_clock::time_point deadline);

  /// Refuses everything from now on, and waits for nothing.
  void close() noexcept { closed_.store(true); }
  /// Nothing is in flight and nobody reads.
  [[nodiscard]] bool is_drained() const noexcept {
    return in_flight_.load() == 0 && reading_.load() == 0;
  }
  /// Whether it has been closed: long reading should end.
  [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

  [[nodiscard]] const std::atomic<std::uint64_t>& in_flight() const noexcept { return in_flight_; }

  /// @pre `partition` is less than the number of partitions
  [[nodiscard]] lane& lane_to(std::size_t partition) noexcept { return lanes_[partition]; }
  /// The commands on their way to this partition, and maybe some that have just been admitted.
  [[nodiscard]] const std::atomic<std::uint64_t>& on_the_way_to(
      std::size_t partition) const noexcept {
    return lanes_.size() == 1 ? in_flight_ : lanes_[partition].on_the_way_;
  }

 private:
  void tell_if_drained(std::uint64_t before) noexcept;

  std::uint64_t max_;
  std::atomic<std::uint64_t> in_flight_{0};
  std::atomic<std::uint64_t> reading_{0};
  std::atomic<bool> closed_{false};
  std::deque<lane> lanes_;
  std::mutex mutex_;
  std::condition_variable drained_;
};

}  // namespace cairn::detail

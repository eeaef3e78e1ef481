#pragma once

#include "cairn/persistence/block_log.hpp"
#include "cairn/testing/persisted_event.hpp"
#include "cairn/testing/simulation.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn::testing {

/// The disk of a simulated node: one log for each partition, which outlive the node. What is stored
/// is synced; what is to be stored while the power goes is stored as a whole or not at all, as the
/// real logs promise. One thread.
class simulated_disk {
 public:
  /// What the world does when the disk has met its fate.
  struct reactions {
    std::function<void(std::string)> tell;
    /// The power is gone, in the middle of a write.
    std::function<void()> died;
    /// The log takes no more writes until it is opened again.
    std::function<void()> broke;
  };

  simulated_disk(std::uint16_t partitions,
                 const simulation_options& faults,
                 random_source& random,
                 reactions then);

  /// For the next start of the node: whatever was opened before writes nothing any more.
  [[nodiscard]] persistence::log_source open();
  /// Whoever has it open writes nothing any more.
  void cut_off() { ++opened_; }
  /// Whether faults strike.
  void set_faulty(bool faulty) { faulty_ = faulty; }

  [[nodiscard]] std::uint64_t failed_writes() const noexcept { return failed_writes_; }
  [[nodiscard]] result<std::vector<persisted_event>> events() const;

 private:
  class log;

  [[nodiscard]] result<void> append(partition_id to,
                                    std::uint64_t epoch,
                                    std::span<const byte_view> blocks);
  [[nodiscard]] result<void> store(partition_id to,
                                   std::uint64_t epoch,
                                   std::span<const byte_view> blocks);

  const simulation_options& faults_;
  random_source& random_;
  reactions then_;
  std::vector<std::unique_ptr<persistence::block_log>> logs_;
  std::uint64_t opened_ = 0;
  bool faulty_ = false;
  std::uint64_t failed_writes_ = 0;
};

}  // namespace cairn::testing

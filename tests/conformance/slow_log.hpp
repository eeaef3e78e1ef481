#pragma once

#include "lmdb/lmdb_block_log.hpp"
#include "support/temporary_store.hpp"

#include "cairn/persistence/block_log.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <pthread.h>
#include <string_view>
#include <utility>

namespace cairn::tests {

/// Gives logs on LMDB in folders of their own, for builder::journal_from and journal_probe.
[[nodiscard]] inline persistence::log_source lmdb_logs(const std::filesystem::path& directory) {
  return [directory](partition_id which) -> result<std::unique_ptr<persistence::block_log>> {
    const auto folder = directory / std::to_string(which.value);
    std::filesystem::create_directories(folder);
    return persistence::lmdb::open_block_log(folder,
                                             {.map_bytes = 256 * mib, .prefill_bytes = 1 * mib});
  };
}

/// A log that calls `before_recovery` whenever an aggregate that wakes is about to read it.
class slow_log final : public persistence::block_log {
 public:
  slow_log(std::unique_ptr<persistence::block_log> inner, std::function<void()> before_recovery)
      : inner_(std::move(inner)), before_recovery_(std::move(before_recovery)) {}

  result<claimed> claim() override { return inner_->claim(); }
  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    return inner_->append(epoch, blocks);
  }
  result<std::unique_ptr<persistence::block_reader>> read() const override {
    char name[16] = {};
    const bool is_recovery = pthread_getname_np(pthread_self(), name, sizeof name) == 0 &&
                             std::string_view{name} == "cairn.recovery";
    if (is_recovery) before_recovery_();
    return inner_->read();
  }

 private:
  std::unique_ptr<persistence::block_log> inner_;
  std::function<void()> before_recovery_;
};

}  // namespace cairn::tests

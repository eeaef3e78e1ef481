#pragma once

#include "cairn/persistence/block_log.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <string_view>
#include <utility>

namespace cairn::tests {

/// Says when indexes may read.
class index_gate {
 public:
  void shut() { set(false); }
  void open() { set(true); }
  /// What `code` returns, which runs while the gate is open. Readers show what was there when they
  /// were opened, so once shut() has returned nothing newer is seen.
  template <class Code> auto pass(Code code) {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return open_; });
    return code();
  }

 private:
  void set(bool open) {
    const std::lock_guard lock{mutex_};
    open_ = open;
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
};

/// A log whose index gets no further while the gate is shut.
class stuck_index_log final : public persistence::block_log {
 public:
  stuck_index_log(std::unique_ptr<persistence::block_log> inner, index_gate& gate)
      : inner_(std::move(inner)), gate_(gate) {}

  result<claimed> claim() override { return inner_->claim(); }
  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    return inner_->append(epoch, blocks);
  }
  result<std::unique_ptr<persistence::block_reader>> read() const override {
    char name[16] = {};
    const bool is_index = pthread_getname_np(pthread_self(), name, sizeof name) == 0 &&
                          std::string_view{name} == "cairn.index";
    if (!is_index) return inner_->read();
    return gate_.pass([this] { return inner_->read(); });
  }

 private:
  std::unique_ptr<persistence::block_log> inner_;
  index_gate& gate_;
};

}  // namespace cairn::tests

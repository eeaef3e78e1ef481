#pragma once

#include "cairn/persistence/views.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace cairn::testing::detail {

/// Passes everything on to a view, but fails to store when it is told to. Any thread.
class failing_view final : public persistence::view {
 public:
  explicit failing_view(std::unique_ptr<persistence::view> wrapped)
      : wrapped_(std::move(wrapped)) {}

  void fail_next(error why) {
    const std::lock_guard lock{mutex_};
    fault_ = std::move(why);
  }

  result<persistence::checkpoint_list> checkpoints() const override {
    return wrapped_->checkpoints();
  }
  result<std::unique_ptr<persistence::view_batch>> begin() override {
    auto made = wrapped_->begin();
    if (!made) return made;
    return std::unique_ptr<persistence::view_batch>{
        std::make_unique<batch>(*this, *std::move(made))};
  }
  result<std::unique_ptr<persistence::view_reader>> read() const override {
    return wrapped_->read();
  }
  result<void> save_state(byte_view state,
                          std::uint32_t schema_version,
                          const persistence::checkpoint_list& reached) override {
    if (auto fault = take_fault()) return *std::move(fault);
    return wrapped_->save_state(state, schema_version, reached);
  }
  result<std::optional<persistence::saved_state>> load_state() const override {
    return wrapped_->load_state();
  }
  result<void> clear() override { return wrapped_->clear(); }
  result<void> remove_older_versions() override { return wrapped_->remove_older_versions(); }

 private:
  class batch final : public persistence::view_batch {
   public:
    batch(failing_view& owner, std::unique_ptr<persistence::view_batch> wrapped)
        : owner_(owner), wrapped_(std::move(wrapped)) {}
    cairn::detail::table_store& tables() override { return wrapped_->tables(); }
    result<void> commit(const persistence::checkpoint_list& reached) override {
      if (auto fault = owner_.take_fault()) return *std::move(fault);
      return wrapped_->commit(reached);
    }

   private:
    failing_view& owner_;
    std::unique_ptr<persistence::view_batch> wrapped_;
  };

  std::optional<error> take_fault() {
    const std::lock_guard lock{mutex_};
    return std::exchange(fault_, std::nullopt);
  }

  std::unique_ptr<persistence::view> wrapped_;
  std::mutex mutex_;
  std::optional<error> fault_;
};

}  // namespace cairn::testing::detail

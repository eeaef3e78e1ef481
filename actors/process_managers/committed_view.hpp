#pragma once

#include "cairn/persistence/views.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace cairn::actors {

/// Passes everything on to a view, and says when something has been stored. Any thread.
class committed_view final : public persistence::view {
 public:
  /// @param committed must not block, and outlives it
  committed_view(std::shared_ptr<persistence::view> wrapped, std::function<void()> committed)
      : wrapped_(std::move(wrapped)), committed_(std::move(committed)) {}

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
    batch(committed_view& owner, std::unique_ptr<persistence::view_batch> wrapped)
        : owner_(owner), wrapped_(std::move(wrapped)) {}
    detail::table_store& tables() override { return wrapped_->tables(); }
    result<void> commit(const persistence::checkpoint_list& reached) override {
      auto done = wrapped_->commit(reached);
      if (done) owner_.committed_();
      return done;
    }

   private:
    committed_view& owner_;
    std::unique_ptr<persistence::view_batch> wrapped_;
  };

  std::shared_ptr<persistence::view> wrapped_;
  std::function<void()> committed_;
};

}  // namespace cairn::actors

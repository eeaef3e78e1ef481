#pragma once

#include "read_models/feeder.hpp"

#include "cairn/persistence/views.hpp"

#include <memory>
#include <utility>

namespace cairn::actors {

/// The batch of one run. Ties the fold to the tables, or keeps queries out of a state in memory,
/// from the first applied event until it is closed or dropped; dropped without a commit, the tables
/// are as they were. One thread.
class open_batch final : public batch_target {
 public:
  /// @param tables null for a model in memory
  open_batch(detail::read_model_fold& fold, persistence::view* tables)
      : fold_(fold), tables_(tables) {}
  ~open_batch() { close(); }

  [[nodiscard]] bool is_open() const noexcept { return open_; }

  result<void> open() override {
    if (open_) return {};
    if (tables_ != nullptr) {
      auto begun = tables_->begin();
      if (!begun) return begun.error();
      batch_ = *std::move(begun);
    }
    fold_.begin_batch(batch_ != nullptr ? &batch_->tables() : nullptr);
    open_ = true;
    return {};
  }

  detail::table_store* rows() noexcept override {
    return batch_ != nullptr ? &batch_->tables() : nullptr;
  }

  /// @pre it is a batch of tables, and open
  [[nodiscard]] detail::table_store& tables() { return batch_->tables(); }

  /// @pre it is a batch of tables, and open
  [[nodiscard]] result<void> commit(const persistence::checkpoint_list& reached) {
    end_fold();
    return batch_->commit(reached);
  }

  void close() {
    end_fold();
    batch_.reset();
  }

 private:
  void end_fold() {
    if (std::exchange(open_, false)) fold_.end_batch();
  }

  detail::read_model_fold& fold_;
  persistence::view* tables_;
  std::unique_ptr<persistence::view_batch> batch_;
  bool open_ = false;
};

}  // namespace cairn::actors

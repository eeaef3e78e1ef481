#include "cairn/applying.hpp"

namespace cairn::detail {

void apply_effects::begin_event(const position& at) {
  at_ = at;
  const std::size_t partition = at.partition.value;
  replaying_ = partition < replay_up_to_.size() && at.offset <= replay_up_to_[partition];
  misused_ = false;
  updates_before_ = updates_.size();
  code_before_ = code_.size();
}

void apply_effects::undo_event() {
  updates_.resize(updates_before_);
  code_.resize(code_before_);
}

void apply_effects::emit(const void* key, void* update) {
  std::shared_ptr<const void> what;
  if (wrap_ == nullptr || !wrap_(key, update, gathers_ ? &what : nullptr)) {
    misused_ = true;
    return;
  }
  if (gathers_) updates_.push_back({at_, std::move(what)});
}

void apply_effects::after_commit(std::function<void()> code) {
  if (!replaying_ && code) code_.push_back(std::move(code));
}

void apply_effects::drop() noexcept {
  updates_.clear();
  code_.clear();
}

}  // namespace cairn::detail

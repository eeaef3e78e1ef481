#include "cairn/detail/command_message.hpp"

namespace cairn::detail {

void command_message::will_be_accepted(version after, bool has_events) noexcept {
  verdict_ = erased_outcome::kind::accepted;
  has_events_ = has_events;
  version_ = after;
}

void command_message::will_be_rejected(std::int64_t why, version at) noexcept {
  verdict_ = erased_outcome::kind::rejected;
  rejection_ = why;
  version_ = at;
}

void command_message::will_fail(error why) {
  verdict_ = erased_outcome::kind::failed;
  why_ = std::make_unique<error>(std::move(why));
}

void command_message::will_repeat(std::shared_ptr<remembered_outcome> original) noexcept {
  if (original->rejected) {
    will_be_rejected(original->rejection, original->version_after);
  } else {
    // Whether it had events is not remembered.
    will_be_accepted(original->version_after, true);
  }
  memory_ = std::move(original);
  repeats_ = true;
}

erased_outcome command_message::decided(position newest) noexcept {
  erased_outcome outcome;
  outcome.what = verdict_;
  outcome.receipt = {.version = version_, .position = newest, .repeated = repeats_};
  outcome.rejection = rejection_;
  if (why_) outcome.why = std::move(*why_);
  outcome.has_events = has_events_;
  return outcome;
}

void command_message::durable(position newest) noexcept {
  if (repeats_) {
    // The original stands before us in the same queue, so it has its offset by now.
    newest.offset = memory_->durable_offset_plus_one.load(std::memory_order_acquire) - 1;
  } else if (memory_ != nullptr) {
    memory_->durable_offset_plus_one.store(newest.offset + 1, std::memory_order_release);
  }
  erased_outcome outcome = decided(newest);
  if (beside_ && !repeats_ && verdict_ == erased_outcome::kind::accepted) {
    call_after_commit(*beside_, outcome.receipt);
  }
  complete(std::move(outcome));
}

void command_message::failed(const error& why) noexcept {
  erased_outcome outcome;
  outcome.why = why;
  complete(std::move(outcome));
}

void command_message::rests_on_nothing(const taken_back& why) noexcept {
  // What it repeats may be in the group, and so may be stored.
  if (why.lasting || home == nullptr) return failed(repeats_ ? why.group : why.later);
  verdict_ = erased_outcome::kind::failed;
  has_events_ = true;
  repeats_ = false;
  version_ = {};
  rejection_ = 0;
  why_.reset();
  memory_.reset();
  beside_.reset();
  home->decide_again(*this);
}

void command_message::complete(erased_outcome&& outcome) noexcept {
  if (shown && outcome.what == erased_outcome::kind::accepted && outcome.has_events &&
      shown->keeper != nullptr) {
    return shown->keeper->keep(*this, std::move(outcome));
  }
  admission::lane* const opened = door;
  if (watcher != nullptr) watcher->ended(*this, outcome);
  answer(std::move(outcome));
  delete this;  // NOLINT(cppcoreguidelines-owning-memory): it owns itself, see the class
  // Last: once all credit is back, stop() may take everything away that a callback could still use.
  if (opened != nullptr) opened->release();
}

void call_after_commit(const effects& beside, const receipt& done) noexcept {
  for (const after_commit& code : beside.then) {
    try {
      code(done);
    } catch (...) {  // NOLINT(bugprone-empty-catch)
      // The command is accepted and durable: nothing that its effects do can change that.
    }
  }
}

}  // namespace cairn::detail

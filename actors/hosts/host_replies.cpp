#include "hosts/deciding.hpp"
#include "hosts/host_body.hpp"

// What a command replies beside its receipt. It is made of the state that its events have led to,
// goes to the sender with the receipt, and is stored in the commit of a command with an id.

namespace cairn::actors {

bool host::body::make_reply(slot& at, message& wish) {
  const bool stored = !wish.command_id.empty();
  if (!stored && !wish.wants_reply()) return true;
  persistence::burst& open = burst();
  stored_reply_.clear();
  std::optional<error> trouble;
  try {
    at.instance->reply(wish, stored ? &stored_reply_ : nullptr);
  } catch (...) {
    trouble = thrown_by("reply", name_of(at));
  }
  if (!trouble && stored) trouble = exceeds_limits(stored_reply_.size(), settings_);
  if (!trouble && stored) {
    open.add_reply(stored_reply_.view());
    trouble = exceeds_limits(open, settings_, open.commit_bytes());
  }
  if (!trouble) return true;
  open.abandon_commit();
  wish.failed(*trouble);
  // Its events are in the state, and must not be.
  reload(at);
  return false;
}

result<void> host::body::reply_again(const slot& at,
                                     message& wish,
                                     const detail::remembered_outcome& original) const {
  const std::uint64_t durable = original.durable_offset_plus_one.load(std::memory_order_acquire);
  // One that is not durable yet, and has none here, has none at all.
  if (!original.reply.empty() || durable == 0) return wish.take_stored_reply(original.reply);
  const auto stored = around_.journal->stored_reply({name_, at.id}, wish.command_id, durable - 1);
  if (!stored) return stored.error();
  return wish.take_stored_reply(*stored);
}

}  // namespace cairn::actors

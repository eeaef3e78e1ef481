#pragma once

#include "cairn/ids.hpp"
#include "cairn/result.hpp"

namespace cairn::detail {

/// Why something was not written although nothing was wrong with it: a group failed that it was
/// decided on top of, or that it waited for.
struct taken_back {
  /// What the failed group met. Whether something of it is stored: effect_of(group.what).
  const error& group;
  /// The same for those of whom certainly nothing has been tried.
  const error& later;
  /// It stood in the failed group itself.
  bool in_group = false;
  /// The log takes no more writes: to decide again would be of no use.
  bool lasting = false;
};

/// Somebody who waits until a commit is durable. Called once, by the writer's thread or by the one
/// that answers large groups for it; those of one writer one after the other. Must not block and
/// must not throw.
class commit_reply {
 public:
  commit_reply() = default;
  commit_reply(const commit_reply&) = delete;
  commit_reply& operator=(const commit_reply&) = delete;

  /// The commit, and everything before it, is durable. `newest` is the position of its last event,
  /// or for a commit without events of the newest event before it.
  virtual void durable(position newest) noexcept = 0;
  /// The commit is not stored, or it is uncertain whether it is: see effect_of(why.what).
  virtual void failed(const error& why) noexcept = 0;
  /// Its own commit, if it has one, has not been tried; or it only waited for others. It may then
  /// be decided again, on what is true.
  virtual void rests_on_nothing(const taken_back& why) noexcept {
    failed(why.in_group ? why.group : why.later);
  }

 protected:
  ~commit_reply() = default;
};

}  // namespace cairn::detail

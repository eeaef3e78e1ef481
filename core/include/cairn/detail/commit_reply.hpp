#pragma once

#include "cairn/ids.hpp"
#include "cairn/result.hpp"

namespace cairn::detail {

/// Somebody who waits until a commit is durable. Called once, by the writer's thread; must not
/// block and must not throw.
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

 protected:
  ~commit_reply() = default;
};

}  // namespace cairn::detail

#pragma once

#include <mutex>
#include <shared_mutex>

namespace cairn::detail {

/// A shared mutex under which readers, however many, cannot keep the writer out for ever: those who
/// come after a waiting writer wait behind it. (glibc's own lets readers pass.)
///
/// Any thread. A thread that holds it, in whatever way, must not lock it again.
class fair_shared_mutex {
 public:
  void lock() {
    const std::lock_guard turn{turn_};
    held_.lock();
  }
  void unlock() { held_.unlock(); }

  void lock_shared() {
    const std::lock_guard turn{turn_};
    held_.lock_shared();
  }
  void unlock_shared() { held_.unlock_shared(); }

 private:
  std::mutex turn_;
  std::shared_mutex held_;
};

}  // namespace cairn::detail

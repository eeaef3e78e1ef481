#pragma once

#include "cairn/detail/admission.hpp"
#include "cairn/result.hpp"

namespace cairn {

/// Keeps a runtime from stopping while somebody reads its store.
class credit {
 public:
  explicit credit(detail::admission& door) : door_(door), taken_(door.enter_reading()) {}
  credit(const credit&) = delete;
  credit& operator=(const credit&) = delete;
  ~credit() {
    if (taken_) door_.leave_reading();
  }
  [[nodiscard]] const result<void>& taken() const noexcept { return taken_; }

 private:
  detail::admission& door_;
  result<void> taken_;
};

}  // namespace cairn

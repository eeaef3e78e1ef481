#pragma once

#include "fines/domain/town_calendar.hpp"

#include <cairn/clock.hpp>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace fines {

/// Stands at the end of the day that was closed last: what deadlines go by. Any thread.
class town_clock final : public cairn::clock {
 public:
  /// Before all days, until one is closed.
  [[nodiscard]] cairn::timestamp now() const noexcept override;

  /// Everything that happened until the end of `day` is known. Tells those who wait.
  void close(calendar_day day);

  [[nodiscard]] std::shared_ptr<void> when_moved(std::function<void()> moved) const override;

 private:
  mutable std::mutex time_mutex_;
  cairn::timestamp now_ = cairn::timestamp::min();
  mutable std::mutex listeners_mutex_;
  mutable std::list<std::function<void()>> listeners_;
};

}  // namespace fines

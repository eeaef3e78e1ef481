#include "fines/app/town_clock.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace fines {

cairn::timestamp town_clock::now() const noexcept {
  const std::lock_guard lock{time_mutex_};
  return now_;
}

void town_clock::close(calendar_day day) {
  {
    const std::lock_guard lock{time_mutex_};
    now_ = std::max(now_, beginning_of(day + std::chrono::days{1}));
  }
  // Held during the calls, so that nobody is called who has dropped the registration.
  const std::lock_guard lock{listeners_mutex_};
  for (const auto& moved : listeners_)
    moved();
}

std::shared_ptr<void> town_clock::when_moved(std::function<void()> moved) const {
  const std::lock_guard lock{listeners_mutex_};
  const auto place = listeners_.insert(listeners_.end(), std::move(moved));
  return {static_cast<void*>(&*place), [this, place](void*) {
            const std::lock_guard leaving{listeners_mutex_};
            listeners_.erase(place);
          }};
}

}  // namespace fines

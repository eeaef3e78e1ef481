#pragma once

#include "hosts/slot.hpp"
#include "hosts/slot_list.hpp"

#include "cairn/actors/host.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace cairn::actors {

/// Whether an aggregate may be put to sleep to make room.
enum class rest : std::uint8_t {
  may_sleep,
  on_its_way,  ///< Not yet: it wakes, or something of it is on its way to the disk. Soon over.
  kept,        ///< Not yet, and nobody knows for how long: it has set commands aside.
};

/// Which awake aggregate sleeps next when too many are awake.
///
/// Takes the same time whatever their number, and changes links and marks in the slots only. The
/// host keeps the order of use by itself; a policy that needs more than that is told of each slot.
/// Idle aggregates sleep in the order of use whatever the policy.
///
/// Those on their way are passed over, and are at the end of their list then, so that the next look
/// is at others. Another one sleeps in their place, also one that the policy would rather keep: the
/// limit comes first.
class replacement {
 public:
  using rest_check = std::function<rest(const slot&)>;

  replacement() = default;
  replacement(const replacement&) = delete;
  replacement& operator=(const replacement&) = delete;
  virtual ~replacement() = default;

  /// Whether it wants to know what the next four functions tell: otherwise they need not be called.
  [[nodiscard]] virtual bool listens() const noexcept { return true; }
  /// A slot that is new, and was used by that.
  virtual void added(slot& one) = 0;
  /// @pre added, and not removed, as for removed()
  virtual void used(slot& one) noexcept = 0;
  virtual void removed(slot& one) noexcept = 0;
  /// Nobody has to sleep at present.
  virtual void has_room() noexcept {}

  /// One that may sleep. Null: none among the few that it has looked at. It stays where it is until
  /// it is removed.
  [[nodiscard]] virtual slot* next() = 0;
};

/// Looking for one that may sleep must not take long, however many may not.
constexpr int passed_over_max = 64;

/// The oldest of `from` that may sleep; null if none was found among all, or `looks_left`. Those on
/// their way are made the newest; for those that are kept, `keep(slot)` finds another place.
template <class List, class Keep>
[[nodiscard]] slot* oldest_at_rest(List& from,
                                   const replacement::rest_check& rest_of,
                                   int& looks_left,
                                   Keep keep) {
  slot* first_passed = nullptr;
  while (looks_left > 0) {
    slot* const oldest = from.oldest();
    if (oldest == nullptr || oldest == first_passed) return nullptr;
    switch (rest_of(*oldest)) {
      case rest::may_sleep: return oldest;
      case rest::on_its_way:
        from.touch(*oldest);
        if (first_passed == nullptr) first_passed = oldest;
        break;
      case rest::kept: keep(*oldest); break;
    }
    --looks_left;
  }
  return nullptr;
}

/// The policy that `options` name. `by_use` is the host's own order, and outlives it.
[[nodiscard]] std::unique_ptr<replacement> make_replacement(const replacement_options& options,
                                                            use_order& by_use,
                                                            replacement::rest_check rest_of);

}  // namespace cairn::actors

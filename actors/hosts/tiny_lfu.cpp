#include "hosts/tiny_lfu.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {

tiny_lfu::tiny_lfu(const replacement_options& options, rest_check rest_of)
    : rest_of_(std::move(rest_of)),
      climber_(options.window_percent / 100.0),
      adapts_(options.window_adapts),
      main_(options.levels, options.protected_percent) {
  CAIRN_ASSERT(options.window_percent < 100);
}

void tiny_lfu::added(slot& one) {
  one.rank = in_window;
  window_.add(one);
  sketch_.grow_to(size());
  note_use(one, false);
}

void tiny_lfu::used(slot& one) noexcept {
  one.rank == in_window ? window_.touch(one) : main_.use(one);
  note_use(one, true);
}

void tiny_lfu::removed(slot& one) noexcept {
  one.rank == in_window ? window_.remove(one) : main_.remove(one);
}

void tiny_lfu::has_room() noexcept {
  move_out(window_.size());
}

slot* tiny_lfu::next() {
  if (window_.size() <= window_max()) return main_.next(rest_of_);
  int looks_left = passed_over_max;
  slot* const fresh = oldest_at_rest(window_, rest_of_, looks_left, [this](slot& kept) {
    window_.remove(kept);
    main_.add(kept);
  });
  slot* const settled = main_.next(rest_of_);
  if (fresh == nullptr) return settled;
  if (settled == nullptr) return fresh;
  if (sketch_.count_of(fresh->hash) <= sketch_.count_of(settled->hash)) return fresh;
  window_.remove(*fresh);
  main_.add(*fresh);
  return settled;
}

void tiny_lfu::note_use(const slot& one, bool was_awake) noexcept {
  sketch_.add(one.hash);
  if (adapts_) {
    climber_.note(was_awake);
    if (climber_.step(size())) {
      leaving_ = window_.size() - std::min(window_.size(), window_max());
    }
  }
  for (int moved = 0; leaving_ > 0 && moved < moved_per_use; ++moved, --leaving_)
    move_out(1);
}

void tiny_lfu::move_out(std::size_t at_most) noexcept {
  for (; at_most > 0 && window_.size() > window_max(); --at_most) {
    slot* const oldest = window_.oldest();
    window_.remove(*oldest);
    main_.add(*oldest);
  }
}

/// At least one: whoever is new needs a place.
std::size_t tiny_lfu::window_max() const noexcept {
  return std::max<std::size_t>(
      static_cast<std::size_t>(climber_.share() * static_cast<double>(size())), 1);
}

}  // namespace cairn::actors

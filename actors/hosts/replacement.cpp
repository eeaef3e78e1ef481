#include "hosts/replacement.hpp"

#include "hosts/least_frequent.hpp"
#include "hosts/segmented.hpp"
#include "hosts/tiny_lfu.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

/// Needs nothing beside the order of use.
class least_recent final : public replacement {
 public:
  least_recent(use_order& by_use, rest_check rest_of)
      : by_use_(by_use), rest_of_(std::move(rest_of)) {}

  [[nodiscard]] bool listens() const noexcept override { return false; }
  void added(slot& /*one*/) override {}
  void used(slot& /*one*/) noexcept override {}
  void removed(slot& /*one*/) noexcept override {}

  /// One that may not sleep counts as just used: whoever is idle stays in the order of use.
  [[nodiscard]] slot* next() override {
    for (int looks = 0; looks < passed_over_max; ++looks) {
      slot* const oldest = by_use_.oldest();
      if (oldest == nullptr || rest_of_(*oldest) == rest::may_sleep) return oldest;
      oldest->last_used = std::max(oldest->last_used, by_use_.newest()->last_used);
      by_use_.touch(*oldest);
    }
    return nullptr;
  }

 private:
  use_order& by_use_;
  rest_check rest_of_;
};

/// Those used last are mostly on their way. They stand in a list of their own, in the order in
/// which that ends, so that finding the newest one at rest does not mean to pass them over each
/// time.
class most_recent final : public replacement {
 public:
  explicit most_recent(rest_check rest_of) : rest_of_(std::move(rest_of)) {}

  void added(slot& one) override {
    one.rank = in_use;
    in_use_.add(one);
  }
  void used(slot& one) noexcept override {
    if (one.rank == in_use) return in_use_.touch(one);
    at_rest_.remove(one);
    one.rank = in_use;
    in_use_.add(one);
  }
  void removed(slot& one) noexcept override {
    (one.rank == in_use ? in_use_ : at_rest_).remove(one);
  }

  [[nodiscard]] slot* next() override {
    settle();
    for (int looks = 0; looks < passed_over_max; ++looks) {
      slot* const newest = at_rest_.newest();
      if (newest == nullptr || rest_of_(*newest) == rest::may_sleep) return newest;
      used(*newest);
    }
    return nullptr;
  }

 private:
  static constexpr std::uint32_t in_use = 1;
  static constexpr std::uint32_t at_rest = 0;

  /// All but the very last one: whoever was woken for a command will most likely get the next.
  void settle() {
    int looks_left = passed_over_max;
    while (in_use_.size() > 1) {
      slot* const one = oldest_at_rest(
          in_use_, rest_of_, looks_left, [this](slot& kept) { in_use_.touch(kept); });
      if (one == nullptr) return;
      in_use_.remove(*one);
      one->rank = at_rest;
      at_rest_.add(*one);
    }
  }

  rank_list in_use_;
  rank_list at_rest_;
  rest_check rest_of_;
};

}  // namespace

std::unique_ptr<replacement> make_replacement(const replacement_options& options,
                                              use_order& by_use,
                                              replacement::rest_check rest_of) {
  switch (options.policy) {
    case replacement_policy::lru: return std::make_unique<least_recent>(by_use, std::move(rest_of));
    case replacement_policy::mru: return std::make_unique<most_recent>(std::move(rest_of));
    case replacement_policy::lfu: return std::make_unique<least_frequent>(std::move(rest_of));
    case replacement_policy::segmented_lru:
      return std::make_unique<segmented>(options, std::move(rest_of));
    case replacement_policy::w_tiny_lfu:
      return std::make_unique<tiny_lfu>(options, std::move(rest_of));
  }
  CAIRN_UNREACHABLE();
}

}  // namespace cairn::actors

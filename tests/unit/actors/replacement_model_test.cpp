#include "hosts/frequency_sketch.hpp"
#include "support/awake_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

// Each policy beside a plain model of it that looks at all entries each time.

namespace cairn::tests {
namespace {

using actors::replacement_options;
using actors::replacement_policy;

/// One that is awake. `level` and `order` decide: the smallest sleeps first.
struct entry {
  std::uint64_t number = 0;
  std::uint64_t level = 0;
  std::uint64_t order = 0;
};

class model {
 public:
  model() = default;
  model(const model&) = delete;
  model& operator=(const model&) = delete;
  virtual ~model() = default;
  virtual void use(std::uint64_t number) = 0;
  [[nodiscard]] virtual std::uint64_t next() = 0;
  virtual void has_room() {}

  void remove(std::uint64_t number) {
    std::erase_if(all_, [number](const entry& one) { return one.number == number; });
  }

 protected:
  entry* find(std::uint64_t number) {
    const auto found = std::find_if(
        all_.begin(), all_.end(), [number](const entry& one) { return one.number == number; });
    return found == all_.end() ? nullptr : &*found;
  }
  static bool before(const entry& left, const entry& right) {
    return left.level != right.level ? left.level < right.level : left.order < right.order;
  }
  entry& smallest() { return *std::min_element(all_.begin(), all_.end(), before); }
  /// Null: none has that level.
  entry* oldest_of(std::uint64_t level) {
    entry* oldest = nullptr;
    for (entry& one : all_) {
      if (one.level == level && (oldest == nullptr || one.order < oldest->order)) oldest = &one;
    }
    return oldest;
  }
  std::size_t count(std::uint64_t level) {
    return static_cast<std::size_t>(std::count_if(
        all_.begin(), all_.end(), [level](const entry& one) { return one.level == level; }));
  }

  std::vector<entry> all_;
  std::uint64_t now_ = 0;
};

class recency_model : public model {
 public:
  void use(std::uint64_t number) override {
    remove(number);
    all_.push_back({number, 0, ++now_});
  }
  std::uint64_t next() override { return all_.front().number; }
};

class mru_model final : public recency_model {
 public:
  std::uint64_t next() override { return all_.at(all_.size() - 2).number; }
};

class lfu_model final : public model {
 public:
  void use(std::uint64_t number) override {
    if (entry* one = find(number)) {
      one->level = std::min<std::uint64_t>(one->level + 1, 63);
      one->order = ++now_;
    } else {
      all_.push_back({number, 1, ++now_});
    }
    if (++uses_ < 10 * all_.size()) return;
    uses_ = 0;
    std::sort(all_.begin(), all_.end(), before);
    for (entry& one : all_) {
      one.level = std::max<std::uint64_t>(one.level / 2, 1);
      one.order = ++now_;
    }
  }
  std::uint64_t next() override { return smallest().number; }

 private:
  std::uint64_t uses_ = 0;
};

/// Levels 1 to 3; the two upper ones share three quarters of those that are on any of them.
class level_model : public model {
 public:
  void use(std::uint64_t number) override {
    if (entry* one = find(number)) {
      one->level = std::min<std::uint64_t>(one->level + 1, 3);
      one->order = ++now_;
    } else {
      all_.push_back({number, 1, ++now_});
    }
  }
  std::uint64_t next() override { return lowest().number; }

 protected:
  entry& lowest() {
    const std::size_t share = (all_.size() - count(window)) * 75 / 200;
    for (const std::uint64_t level : {3, 2}) {
      while (count(level) > share) {
        entry* const one = oldest_of(level);
        one->level = level - 1;
        one->order = ++now_;
      }
    }
    return smallest();
  }
  static constexpr std::uint64_t window = 9;
};

/// The sketch is the real one: it has tests of its own.
class tiny_model final : public level_model {
 public:
  void use(std::uint64_t number) override {
    entry* const one = find(number);
    if (one == nullptr) {
      all_.push_back({number, window, ++now_});
      sketch_.grow_to(all_.size());
    } else if (one->level == window) {
      one->order = ++now_;
    } else {
      level_model::use(number);
    }
    sketch_.add(dice::mixed(number));
  }
  void has_room() override {
    while (count(window) > window_max())
      move_in(*oldest_of(window));
  }
  std::uint64_t next() override {
    if (count(window) <= window_max()) return lowest().number;
    const std::uint64_t fresh = oldest_of(window)->number;
    if (count(window) == all_.size()) return fresh;
    const std::uint64_t settled = lowest().number;
    if (seen(fresh) <= seen(settled)) return fresh;
    move_in(*find(fresh));
    return settled;
  }

 private:
  [[nodiscard]] std::size_t window_max() const {
    return std::max<std::size_t>(all_.size() / 10, 1);
  }
  [[nodiscard]] std::uint32_t seen(std::uint64_t number) const {
    return sketch_.count_of(dice::mixed(number));
  }
  void move_in(entry& one) {
    one.level = 1;
    one.order = ++now_;
  }
  actors::frequency_sketch sketch_;
};

std::unique_ptr<model> model_of(replacement_policy policy) {
  switch (policy) {
    case replacement_policy::lru: return std::make_unique<recency_model>();
    case replacement_policy::mru: return std::make_unique<mru_model>();
    case replacement_policy::lfu: return std::make_unique<lfu_model>();
    case replacement_policy::segmented_lru: return std::make_unique<level_model>();
    case replacement_policy::w_tiny_lfu: return std::make_unique<tiny_model>();
  }
  return nullptr;
}

class ReplacementByChance
    : public testing::TestWithParam<std::tuple<replacement_policy, std::uint64_t>> {};

TEST_P(ReplacementByChance, NamesWhomItsModelNames) {
  const auto [policy, seed] = GetParam();
  constexpr std::size_t most = 30;
  awake_set set{{.policy = policy,
                 .levels = 3,
                 .protected_percent = 75,
                 .window_percent = 10,
                 .window_adapts = false},
                most};
  const auto plain = model_of(policy);
  dice chance{seed};
  zipf numbers{120, 0.8, seed + 100};
  std::uint64_t newest = 0;
  int put_to_sleep = 0;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t number = numbers.next();
    if (chance.below(20) == 0 && set.has(number) && number != newest && set.size() > 2) {
      set.remove(number);
      plain->remove(number);
      continue;
    }
    newest = number;
    set.touch(number);
    plain->use(number);
    // Several may have come before somebody has to sleep.
    if (chance.below(4) == 0) continue;
    while (set.size() > most) {
      actors::slot* const one = set.policy().next();
      ASSERT_NE(one, nullptr);
      const std::uint64_t named = set.number_of(*one);
      ASSERT_EQ(named, plain->next()) << "step " << step;
      set.remove(named);
      plain->remove(named);
      ++put_to_sleep;
    }
    set.make_room();
    plain->has_room();
  }
  EXPECT_GT(put_to_sleep, 2'000);
}

std::string name_of(const testing::TestParamInfo<ReplacementByChance::ParamType>& info) {
  const auto [policy, seed] = info.param;
  constexpr std::array names{"lru", "mru", "lfu", "segmented_lru", "w_tiny_lfu"};
  return std::string{names.at(static_cast<std::size_t>(policy))} + "_" + std::to_string(seed);
}

INSTANTIATE_TEST_SUITE_P(Policies,
                         ReplacementByChance,
                         testing::Combine(testing::Values(replacement_policy::lru,
                                                          replacement_policy::mru,
                                                          replacement_policy::lfu,
                                                          replacement_policy::segmented_lru,
                                                          replacement_policy::w_tiny_lfu),
                                          testing::Values(1U, 2U, 3U)),
                         name_of);

}  // namespace
}  // namespace cairn::tests

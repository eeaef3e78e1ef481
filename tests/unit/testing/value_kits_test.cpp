#include "support/profile.hpp"

#include "cairn/testing/aggregate_kit.hpp"
#include "cairn/testing/read_model_kit.hpp"

#include <gtest/gtest-spi.h>

#include <set>

// The kits take value aggregates as any other.

namespace cairn::testing {
namespace {

using crm::details;
using crm::profile;

TEST(ValueKits, DecideWithoutARuntime) {
  given<profile>().when(crm::sign_up{"Ann"}).then(details{"Ann", 0});
  given<profile>(details{"Ann", 0})
      .when(crm::rename{"Anna"})
      .then(details{"Anna", 1})
      .then_state(details{"Anna", 1});
  given<profile>(details{"Ann", 0}).when(crm::rename{"Ann"}).then_nothing();
  given<profile>(details{"Ann", 0}, value_cleared{})
      .when(crm::rename{"Anna"})
      .then_rejected(profile::rejection::unknown);
  given<profile>(details{"Ann", 0})
      .when(crm::close{})
      .then(value_cleared{})
      .then_state(std::nullopt);
  EXPECT_NONFATAL_FAILURE(given<profile>().when(crm::sign_up{"Ann"}).then(details{"Bob", 0}),
                          R"(other events than expected: details{"name":"Ann","renamed":0})");
}

TEST(ValueKits, RunAValueAggregateAndStartItAgain) {
  aggregate_kit<profile> kit{"ann"};
  kit.given(details{"Ann", 0}, details{"Anna", 1});
  kit.run(crm::rename{"Annabel"})
      .expect_events(details{"Annabel", 2})
      .expect_state(details{"Annabel", 2});
  kit.restart();
  EXPECT_EQ(kit.now(), (details{"Annabel", 2}));
  kit.run(crm::close{}).expect_events(value_cleared{}).expect_state(std::nullopt);
  kit.restart();
  EXPECT_EQ(kit.now(), std::nullopt);
}

TEST(ValueKits, RunAStoredValue) {
  using store = crm::profile_store;
  aggregate_kit<store> kit{"ann"};
  kit.run(store::put{{"Ann", 1}}).expect_events(details{"Ann", 1});
  kit.run(store::clear{}).expect_events(value_cleared{});
  kit.run(store::clear{}).expect_no_events();
}

/// The profiles that there are.
struct profiles_count {
  static constexpr std::string_view stable_name = "crm.count";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<all_of<profile>>;
  struct state {
    std::set<std::string> ids;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("ids", ids)); }
  };
  static void apply(state& now, const recorded<details>& change) {
    now.ids.emplace(change.meta.aggregate_id);
  }
  static void apply(state& now, const recorded<value_cleared>& change) {
    now.ids.erase(std::string{change.meta.aggregate_id});
  }
  struct question {
    using answer = std::uint64_t;
  };
  static std::uint64_t query(const state& now, const question& /*what*/) { return now.ids.size(); }
};

TEST(ValueKits, FeedAReadModelWithValues) {
  read_model_kit<profiles_count> kit;
  kit.given<profile>("ann", details{"Ann", 0})
      .given<profile>("bob", details{"Bob", 0})
      .given<profile>("ann", value_cleared{});
  ASSERT_TRUE(kit.run_until(2));
  kit.expect(profiles_count::question{}, 2);
  ASSERT_TRUE(kit.crash_and_run());
  kit.expect(profiles_count::question{}, 1);
}

}  // namespace
}  // namespace cairn::testing

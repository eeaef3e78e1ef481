#include "cairn/testing/read_model_kit.hpp"

#include "support/account.hpp"

#include "cairn/table.hpp"

#include <gtest/gtest-spi.h>

#include <stdexcept>

namespace cairn::testing {
namespace {

using bank::account;
using bank::deposited;
using bank::opened;

struct how_much {
  using answer = std::int64_t;
  std::string id = {};
};

/// In memory. Throws at unlucky deposits.
struct total {
  static constexpr std::string_view stable_name = "kit.total";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<some_of<account, deposited>>;
  struct state {
    std::int64_t cents = 0;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  };
  static void apply(state& now, const recorded<deposited>& fact) {
    if (fact->cents == 13) throw std::runtime_error{"unlucky"};
    now.cents += fact->cents;
  }
  static std::int64_t query(const state& now, const how_much& /*question*/) { return now.cents; }
};

/// The same in a table, by account.
struct balances {
  static constexpr std::string_view stable_name = "kit.balances";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<some_of<account, deposited>>;
  struct tables {
    table<std::string, std::int64_t> cents;
    template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("cents", cents)); }
  };
  static void apply(tables& now, const recorded<deposited>& fact) {
    now.cents.update(std::string{fact.meta.aggregate_id},
                     [&fact](std::int64_t& sum) { sum += fact->cents; });
  }
  static std::int64_t query(const tables& now, const how_much& question) {
    return now.cents.get(question.id).value_or(0);
  }
};

const error disk_failed{error::code::storage_failed, "the test says so"};

template <class M> read_model_kit<M>& list_events(read_model_kit<M>& kit) {
  return kit.template given<account>("ann", opened{"ann"})
      .template given<account>("ann", deposited{5})
      .template given<account>("bob", opened{"bob"})
      .template given<account>("bob", deposited{6})
      .template given<account>("ann", deposited{7});
}

TEST(ReadModelKit, AppliesEventsUpToTheOneThatIsAskedFor) {
  read_model_kit<total> kit;
  list_events(kit);
  ASSERT_TRUE(kit.run_until(0));
  kit.expect(how_much{}, 0);
  ASSERT_TRUE(kit.run_until(3));
  kit.expect(how_much{}, 5);
  ASSERT_TRUE(kit.run());
  kit.expect(how_much{}, 18);
  ASSERT_TRUE(kit.run());
  kit.expect(how_much{}, 18);
}

TEST(ReadModelKit, RunsModelsWithTables) {
  read_model_kit<balances> kit;
  list_events(kit);
  ASSERT_TRUE(kit.run_until(2));
  kit.expect(how_much{"ann"}, 5);
  ASSERT_TRUE(kit.run());
  kit.expect(how_much{"ann"}, 12);
  kit.expect(how_much{"bob"}, 6);
}

TEST(ReadModelKit, AppliesEachEventOnceThoughStoringFails) {
  read_model_kit<balances> kit;
  list_events(kit);
  kit.fail_next_store(disk_failed);
  ASSERT_TRUE(kit.run_until(4));
  kit.fail_next_store({error::code::store_full, "the test says so"});
  ASSERT_TRUE(kit.run());
  kit.expect(how_much{"ann"}, 12);
  kit.expect(how_much{"bob"}, 6);
}

TEST(ReadModelKit, AppliesEachEventOnceThoughTheProcessDies) {
  read_model_kit<total> kit;
  list_events(kit);
  ASSERT_TRUE(kit.run_until(4));
  ASSERT_TRUE(kit.crash_and_run());
  kit.expect(how_much{}, 18);
  // What is saved at the end of a run is lost.
  kit.fail_next_store(disk_failed);
  ASSERT_TRUE(kit.run());
  kit.expect(how_much{}, 18);
}

TEST(ReadModelKit, ReturnsWhatStopsTheModel) {
  read_model_kit<total> kit;
  kit.given<account>("ann", deposited{5}).given<account>("ann", deposited{13});
  ASSERT_TRUE(kit.run_until(1));
  const auto stopped = kit.run();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().what, error::code::stopped);
  EXPECT_NONFATAL_FAILURE(kit.expect(how_much{}, 5), "unlucky");
}

TEST(ReadModelKit, SaysWhichAnswerWasExpected) {
  read_model_kit<total> kit;
  EXPECT_NONFATAL_FAILURE(kit.expect(how_much{}, 0), "has not been run");
  kit.given<account>("ann", deposited{5});
  ASSERT_TRUE(kit.run());
  EXPECT_NONFATAL_FAILURE(kit.expect(how_much{}, 6), "expected the answer 6, it was 5");
}

}  // namespace
}  // namespace cairn::testing

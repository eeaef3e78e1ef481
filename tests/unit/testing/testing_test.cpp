#include "cairn/testing.hpp"

#include "support/account.hpp"
#include "support/ledger_versions.hpp"

#include <gtest/gtest-spi.h>

#include <algorithm>
#include <ostream>
#include <vector>

namespace cairn::testing {
namespace {

using bank::account;

// An aggregate with the usual slip: `note` is not listed in `serialize`.
struct noted {
  static constexpr std::string_view stable_name = "noted";
  int number = 0;
  std::string note;

  template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("number", number)); }
  bool operator==(const noted&) const = default;
};

struct notebook {
  static constexpr std::string_view stable_name = "notebook";
  struct state {
    bool operator==(const state&) const = default;
  };
  enum class rejection : std::uint8_t { none };
  using command = std::variant<noted>;
  using event = std::variant<noted>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, const noted& wish, const context& around) {
    if (around.aggregate_id == "closed") return rejection::none;
    return wish;
  }
  static void evolve(state& /*now*/, const noted& /*fact*/) {}
};

/// Sorts what it reads.
struct coins {
  static constexpr std::string_view stable_name = "coins";
  std::vector<int> values;

  template <class Ar> void serialize(Ar& ar, unsigned) {
    fields(ar, field("values", values));
    if constexpr (Ar::is_loading::value) std::sort(values.begin(), values.end());
  }
  bool operator==(const coins&) const = default;
};

struct bag {
  static constexpr std::string_view stable_name = "bag";
  struct state {
    int pieces = 0;
    bool operator==(const state&) const = default;
    friend void PrintTo(const state& what, std::ostream* out) { *out << what.pieces << " pieces"; }
  };
  enum class rejection : std::uint8_t { none };
  using command = std::variant<coins>;
  using event = std::variant<coins>;
  using decision = cairn::decision<event, rejection>;

  static decision decide(const state& /*now*/, coins wish) {
    std::sort(wish.values.begin(), wish.values.end());
    return wish;
  }
  static void evolve(state& now, const coins& fact) {
    now.pieces += static_cast<int>(fact.values.size());
  }
};

TEST(Testing, TellsAStoryOfAnAccount) {
  given<account>().when(bank::open{"ann"}).then(bank::opened{"ann"});
  given<account>(bank::opened{"ann"})
      .when(bank::open{"bob"})
      .then_rejected(account::rejection::already_open);
  given<account>(bank::opened{"ann"}, bank::deposited{100})
      .when(bank::withdraw{100})
      .then(bank::withdrawn{100})
      .then_state({.is_open = true, .balance_cents = 0});
}

TEST(Testing, NoticesAFieldThatSerializeForgets) {
  EXPECT_NONFATAL_FAILURE(
      given<notebook>(noted{1, "x"}).when(noted{2, ""}),
      "the given event noted{\"number\":1} changed when stored and read back (JSON shows no "
      "difference: does `serialize` miss a field?)");
  EXPECT_NONFATAL_FAILURE(
      given<bag>().when(coins{{3, 1}}).then(coins{{1, 3}}),
      "the command coins{\"values\":[3,1]} changed when stored and read back, to "
      "{\"values\":[1,3]}");
  EXPECT_NONFATAL_FAILURE(given<notebook>().when(noted{2, ""}).then(), "other events");
  given<notebook>(noted{1, ""}).when(noted{2, ""}).then(noted{2, ""});
}

TEST(Testing, TakesRetiredEventsAsAPastThroughTheirUpcasts) {
  given<now::ledger>(now::credited{1}, then::moved{20, 10}, then::mused{"hm"}, then::adjusted{3})
      .when(now::debited{4})
      .then(now::debited{4})
      .then_state({.cents = 10, .story = {"+1", "+20", "-10", "code 7: 3", "-4"}});
  EXPECT_NONFATAL_FAILURE((void)given<now::ledger>(then::moved{-1, 0}), "moved less than nothing");
}

/// Knows `noted` from the past only.
struct diary : notebook {
  using event = std::variant<bank::opened>;
  using command = std::variant<bank::open>;
  using decision = cairn::decision<event, rejection>;
  using retired = std::tuple<noted>;
  static bank::opened upcast(const noted& old) { return {old.note}; }
  static decision decide(const state& /*now*/, const bank::open& wish) {
    return bank::opened{wish.owner};
  }
  static void evolve(state& /*now*/, const bank::opened& /*fact*/) {}
};

TEST(Testing, NoticesAFieldThatSerializeOfARetiredEventForgets) {
  EXPECT_NONFATAL_FAILURE(
      given<diary>(noted{1, "x"}).when(bank::open{"ann"}).then(bank::opened{"ann"}),
      "the given event");
}

TEST(Testing, SaysWhatWasExpectedAndWhatHappened) {
  EXPECT_NONFATAL_FAILURE(given<account>().when(bank::deposit{5}).then(bank::deposited{5}),
                          "expected events, but the command was rejected with 1");
  EXPECT_NONFATAL_FAILURE(
      given<account>().when(bank::deposit{5}).then_rejected(account::rejection::already_open),
      "rejected, but for another reason: 1, instead of 0");
  EXPECT_NONFATAL_FAILURE(
      given<account>(bank::opened{"ann"}).when(bank::deposit{5}).then(bank::deposited{6}),
      "deposited{\"cents\":5}, instead of deposited{\"cents\":6}");
  EXPECT_NONFATAL_FAILURE(given<account>(bank::opened{"ann"}).when(bank::deposit{5}).then_nothing(),
                          "deposited{\"cents\":5}, instead of none");
  EXPECT_NONFATAL_FAILURE(
      given<account>(bank::opened{"ann"}).when(bank::deposit{5}).then_state({.is_open = true}),
      "other state than expected: {\"is_open\":true,\"balance_cents\":5}, instead of {");
  EXPECT_NONFATAL_FAILURE(given<bag>(coins{{1}}).when(coins{{1, 2}}).then_state({}),
                          "other state than expected: 3 pieces, instead of 0 pieces");
}

TEST(Testing, GivesACommandTheContextThatTheTestSays) {
  given<notebook>().when_in({.aggregate_id = "open"}, noted{1, ""}).then(noted{1, ""});
  given<notebook>()
      .when_in({.aggregate_id = "closed"}, noted{1, ""})
      .then_rejected(notebook::rejection::none);
}

}  // namespace
}  // namespace cairn::testing

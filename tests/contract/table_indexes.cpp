#include "support/table_fixture.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <random>

namespace cairn::tests {
namespace {

using row_list = std::vector<std::pair<std::string, customer>>;

/// A visit that writes down all of it.
auto keep_rows(row_list& into) {
  return [&into](const std::string& id, const customer& row) {
    into.emplace_back(id, row);
  };
}

template <class Backend> class TableIndexes : public customers_on<Backend> {
 protected:
  /// The ids that `walk(customers, visit)` visits.
  template <class Walk> names ids(Walk&& walk) {
    names found;
    EXPECT_TRUE(
        this->read([&](const customer_tables& now) { walk(now.customers, note_ids(found)); }));
    return found;
  }
  names in_country(const std::string& country) {
    return ids(
        [&](const auto& all, auto visit) { all.template by<"country">().each(country, visit); });
  }
  names by_spent(walk_options how = {}) {
    return ids([&](const auto& all, auto visit) { all.template by<"spent">().all(visit, how); });
  }

  void store_some() {
    EXPECT_TRUE(this->store([](customer_tables& now) {
      now.customers.put("dora", {"France", 500, "dora@example"});
      now.customers.put("ann", {"France", 700, {}});
      now.customers.put("bob", {"Franconia", -20, "bob@example"});
      now.customers.put("cleo", {"Spain", 500, {}});
    }));
  }
};

TYPED_TEST_SUITE(TableIndexes, table_backends);

TYPED_TEST(TableIndexes, FindRowsInTheOrderOfTheirOwnKeys) {
  this->store_some();
  EXPECT_EQ(this->in_country("France"), (names{"ann", "dora"}));
  EXPECT_EQ(this->in_country("Franconia"), names{"bob"});
  EXPECT_EQ(this->in_country("Fran"), names{});
  EXPECT_EQ(this->ids([](const auto& all, auto visit) {
    all.template by<"country">().each("France", visit, {.descending = true, .limit = 1});
  }),
            names{"dora"});
}

TYPED_TEST(TableIndexes, WalkRowsInTheOrderOfTheIndex) {
  this->store_some();
  EXPECT_EQ(this->by_spent(), (names{"bob", "cleo", "dora", "ann"}));
  EXPECT_EQ(this->by_spent({.descending = true, .limit = 2}), (names{"ann", "dora"}));
  EXPECT_EQ(this->ids([](const auto& all, auto visit) {
    all.template by<"spent">().each_between(-20, 700, visit);
  }),
            (names{"bob", "cleo", "dora"}));
  EXPECT_EQ(this->ids([](const auto& all, auto visit) {
    all.template by<"spent">().each_before(500, visit);
  }),
            names{"bob"});
  EXPECT_EQ(this->ids([](const auto& all, auto visit) {
    all.template by<"country">().each_prefix("Franc", visit, {.descending = true});
  }),
            (names{"bob", "dora", "ann"}));
}

TYPED_TEST(TableIndexes, MayBeOfKeyAndRowAndHaveSeveralParts) {
  this->store_some();
  EXPECT_TRUE(this->store([](customer_tables& now) {
    now.customers.put("alma", {"Spain", 9, {}});
  }));
  EXPECT_EQ(this->ids([](const auto& all, auto visit) {
    all.template by<"letter">().each_prefix("a", visit);
  }),
            (names{"alma", "ann"}));
  EXPECT_EQ(this->ids([](const auto& all, auto visit) {
    all.template by<"letter">().each({"d", 500}, visit);
  }),
            names{"dora"});
}

TYPED_TEST(TableIndexes, LeaveOutRowsThatHaveNoIndexKey) {
  this->store_some();
  const auto with_email = [](const auto& all, auto visit) {
    all.template by<"email">().all(visit);
  };
  EXPECT_EQ(this->ids(with_email), (names{"bob", "dora"}));
  EXPECT_TRUE(this->store([](customer_tables& now) {
    now.customers.update("dora", [](customer& row) { row.email.reset(); });
    now.customers.update("ann", [](customer& row) { row.email = "a@example"; });
  }));
  EXPECT_EQ(this->ids(with_email), (names{"ann", "bob"}));
  EXPECT_TRUE(this->read([](const customer_tables& now) {
    EXPECT_EQ(now.customers.by<"email">().find("a@example")->first, "ann");
    EXPECT_EQ(now.customers.by<"email">().find("dora@example"), std::nullopt);
    EXPECT_EQ(now.customers.by<"spent">().first()->first, "bob");
    EXPECT_EQ(now.customers.by<"spent">().last()->second.spent_cents, 700);
  }));
}

TYPED_TEST(TableIndexes, FollowEachChangeAlsoWithinItsBatch) {
  this->store_some();
  EXPECT_TRUE(this->store([](customer_tables& now) {
    now.customers.put("ann", {"Spain", 1, {}});
    now.customers.update("new", [](customer& row) { row = {"Spain", 2, {}}; });
    now.customers.erase("cleo");
    now.customers.erase("nobody");
    names seen;
    now.customers.by<"country">().each("Spain", note_ids(seen));
    EXPECT_EQ(seen, (names{"ann", "new"}));
  }));
  EXPECT_EQ(this->in_country("Spain"), (names{"ann", "new"}));
  EXPECT_EQ(this->in_country("France"), names{"dora"});
  EXPECT_EQ(this->by_spent(), (names{"bob", "ann", "new", "dora"}));
}

TYPED_TEST(TableIndexes, AreUndoneWithTheirBatch) {
  this->store_some();
  {
    const auto batch = *this->view->begin();
    customer_tables now;
    detail::bind_tables(now, batch->tables());
    now.customers.erase("ann");
    now.customers.put("dora", {"Spain", 1, {}});
  }
  EXPECT_EQ(this->in_country("France"), (names{"ann", "dora"}));
  EXPECT_EQ(this->in_country("Spain"), names{"cleo"});
}

TYPED_TEST(TableIndexes, AreEmptiedWithTheirTable) {
  this->store_some();
  ASSERT_TRUE(this->view->clear());
  EXPECT_TRUE(this->by_spent().empty());
}

TYPED_TEST(TableIndexes, WriteNothingWhenTheIndexKeyStays) {
  this->store_some();
  const auto batch = *this->view->begin();
  customer_tables now;
  detail::bind_tables(now, batch->tables());
  // What the index has of dora is taken away behind the table's back: it comes back only if it is
  // written again.
  byte_buffer entry = detail::key_bytes(std::string{"France"});
  entry.append(detail::key_bytes(std::string{"dora"}).view());
  ASSERT_TRUE(batch->tables().get(1, entry.view()));
  batch->tables().erase(1, entry.view());
  now.customers.update("dora", [](customer& row) { row.spent_cents = 501; });
  now.customers.put("dora", {"France", 502, {}});
  EXPECT_FALSE(batch->tables().get(1, entry.view()));
}

TYPED_TEST(TableIndexes, AnIndexKeyThatIsTooLongFailsTheBatchAndNamesTheIndex) {
  const auto done = this->store([](customer_tables& now) {
    now.customers.put("ann", {std::string(600, 'x'), 1, {}});
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().what, error::code::too_large);
  EXPECT_NE(done.error().detail.find("\"customers#country\""), std::string::npos)
      << done.error().detail;
}

TYPED_TEST(TableIndexes, AnEntryWithoutItsRowIsCorrupt) {
  this->store_some();
  {
    const auto batch = *this->view->begin();
    batch->tables().erase(0, detail::key_bytes(std::string{"ann"}).view());
    ASSERT_TRUE(batch->commit({9}));
  }
  const auto looked = this->read([](const customer_tables& now) {
    now.customers.by<"country">().each("France", [](const auto&, const auto&) {});
  });
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().what, error::code::corrupt);
}

/// The same said of a std::map, by looking at all of it.
struct model {
  std::map<std::string, customer> rows;

  template <class Order> [[nodiscard]] row_list ordered(Order order) const {
    row_list all{rows.begin(), rows.end()};
    std::stable_sort(
        all.begin(), all.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
    return all;
  }
};

/// What chance does to a table.
class chance {
 public:
  explicit chance(unsigned seed) : dice_(seed) {}

  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>{0, n - 1}(dice_);
  }
  std::string id() {
    return std::string(1 + below(3), static_cast<char>('a' + below(3))) + std::to_string(below(12));
  }
  customer row() {
    static const std::vector<std::string> countries{
        "", "a", "aa", "ab", std::string("a\0", 2), "\xff"};
    customer made{countries[below(countries.size())], static_cast<std::int64_t>(below(7)) - 3, {}};
    if (below(2) == 0) made.email = std::to_string(below(5));
    return made;
  }

  /// A change of both.
  void change(customer_tables& now, model& known) {
    const std::string key = id();
    const customer made = row();
    switch (below(4)) {
      case 0:
        now.customers.erase(key);
        known.rows.erase(key);
        break;
      case 1:
        now.customers.put(key, made);
        known.rows[key] = made;
        break;
      case 2:
        now.customers.update(key, [&](customer& one) { one.spent_cents += made.spent_cents; });
        known.rows[key].spent_cents += made.spent_cents;
        break;
      default:
        now.customers.update(key, [&](customer& one) { one.email = made.email; });
        known.rows[key].email = made.email;
    }
  }

 private:
  std::mt19937 dice_;
};

row_list only(row_list all, const std::function<bool(const customer&)>& wanted, walk_options how) {
  std::erase_if(all, [&](const auto& one) { return !wanted(one.second); });
  if (how.descending) std::reverse(all.begin(), all.end());
  if (all.size() > how.limit) all.resize(how.limit);
  return all;
}

void expect_same(const customer_tables& now, const model& known, chance& dice) {
  const walk_options how{.descending = dice.below(2) == 0, .limit = 1 + dice.below(20)};
  const customer some = dice.row();
  const customer other = dice.row();
  const auto all = known.ordered([](const auto& one) { return one.first; });
  row_list seen;
  EXPECT_EQ(now.customers.size(), all.size());
  now.customers.each(keep_rows(seen));
  EXPECT_EQ(seen, all);

  seen.clear();
  now.customers.by<"country">().each(some.country, keep_rows(seen), how);
  EXPECT_EQ(seen,
            only(
                all, [&](const customer& one) { return one.country == some.country; }, how));

  seen.clear();
  const auto between = [&](const customer& one) {
    return one.spent_cents >= some.spent_cents && one.spent_cents < other.spent_cents;
  };
  now.customers.by<"spent">().each_between(
      some.spent_cents, other.spent_cents, keep_rows(seen), how);
  EXPECT_EQ(
      seen,
      only(known.ordered([](const auto& one) { return one.second.spent_cents; }), between, how));

  seen.clear();
  now.customers.by<"email">().all(keep_rows(seen), how);
  EXPECT_EQ(seen,
            only(
                known.ordered([](const auto& one) { return one.second.email; }),
                [](const customer& one) { return one.email.has_value(); },
                how));
}

TYPED_TEST(TableIndexes, AgreeWithAMapWhateverChanges) {
  for (unsigned seed = 1; seed <= 8 && !this->HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ASSERT_TRUE(this->view->clear());
    chance dice{seed};
    model known;
    for (int round = 0; round < 12; ++round) {
      model before = known;
      const bool dropped = dice.below(4) == 0;
      {
        const auto batch = *this->view->begin();
        customer_tables now;
        detail::bind_tables(now, batch->tables());
        for (std::size_t i = dice.below(60); i > 0; --i) {
          dice.change(now, known);
          if (dice.below(10) == 0) expect_same(now, known, dice);
        }
        if (!dropped) {
          ASSERT_TRUE(batch->commit({++this->reached}));
        }
      }
      if (dropped) known = std::move(before);
      EXPECT_TRUE(this->read([&](const customer_tables& now) { expect_same(now, known, dice); }));
    }
  }
}

/// The other order of indexes, and one more: other tables on the disk.
struct other_tables {
  cairn::table<std::string, customer, cairn::indexed_by<"country", &customer::country>> customers;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    cairn::fields(ar, cairn::field("customers", customers));
  }
};

TEST(TableIndexNames, BelongToTheTables) {
  EXPECT_EQ(detail::table_names<other_tables>(),
            (std::vector<std::string>{"customers", "customers#country"}));
}

TEST(TableIndexNames, ThatChangeMakeTheModelStartFromNothing) {
  const on_disk disk;
  const auto open = [&](std::vector<std::string> tables) {
    return disk.open({.name = "test.customers", .tables = std::move(tables), .partitions = 1});
  };
  {
    const auto view = open({"customers"});
    const auto batch = *view->begin();
    ASSERT_TRUE(batch->commit({7}));
  }
  EXPECT_EQ(*open({"customers"})->checkpoints(), persistence::checkpoint_list{7});
  EXPECT_EQ(*open(detail::table_names<other_tables>())->checkpoints(),
            persistence::checkpoint_list{0});
}

}  // namespace
}  // namespace cairn::tests

#include "support/table_fixture.hpp"

namespace cairn::tests {
namespace {

using line_key = customer_tables::line_key;

/// Lines of invoices: ("a", 1, 0) has the text "a10".
template <class Backend> class TableRanges : public customers_on<Backend> {
 protected:
  TableRanges() {
    EXPECT_TRUE(this->store([](customer_tables& now) {
      for (const char* invoice : {"b", "a", "ab"}) {
        for (const std::int32_t number : {2, -1, 300}) {
          now.lines.put({invoice, number, 0}, invoice + std::to_string(number));
          now.lines.put({invoice, number, 255}, invoice + std::to_string(number) + "+");
        }
      }
    }));
  }

  /// The texts that `walk(lines, visit)` visits.
  template <class Walk> std::string texts(Walk&& walk) {
    std::string all;
    EXPECT_TRUE(this->read([&](const customer_tables& now) {
      walk(now.lines, [&all](const line_key& /*key*/, const std::string& text) {
        all.append(all.empty() ? "" : " ").append(text);
      });
    }));
    return all;
  }
};

TYPED_TEST_SUITE(TableRanges, table_backends);

TYPED_TEST(TableRanges, AreHalfOpen) {
  EXPECT_EQ(this->texts([](const auto& lines, auto visit) {
    lines.each_between({"a", 2, 0}, {"ab", 2, 0}, visit);
  }),
            "a2 a2+ a300 a300+ ab-1 ab-1+");
  EXPECT_EQ(this->texts([](const auto& lines, auto visit) {
    lines.each_from({"b", 2, 1}, visit);
  }),
            "b2+ b300 b300+");
  EXPECT_EQ(this->texts([](const auto& lines, auto visit) {
    lines.each_before({"a", 2, 255}, visit);
  }),
            "a-1 a-1+ a2");
}

TYPED_TEST(TableRanges, AreTheSameRowsInDescendingOrder) {
  const walk_options back{.descending = true};
  EXPECT_EQ(this->texts([&](const auto& lines, auto visit) {
    lines.each_between({"a", 2, 0}, {"ab", 2, 0}, visit, back);
  }),
            "ab-1+ ab-1 a300+ a300 a2+ a2");
  EXPECT_EQ(this->texts([&](const auto& lines, auto visit) {
    lines.each_from({"b", 2, 1}, visit, back);
  }),
            "b300+ b300 b2+");
  EXPECT_EQ(this->texts([&](const auto& lines, auto visit) {
    lines.each_before({"a", 2, 255}, visit, back);
  }),
            "a2 a-1+ a-1");
}

TYPED_TEST(TableRanges, HaveNoRowsWhenTheEndDoesNotComeBehindTheBeginning) {
  for (const bool descending : {false, true}) {
    EXPECT_EQ(this->texts([&](const auto& lines, auto visit) {
      lines.each_between({"ab", 2, 0}, {"ab", 2, 0}, visit, {.descending = descending});
      lines.each_between({"ab", 2, 0}, {"a", 2, 0}, visit, {.descending = descending});
      lines.each_from({"c", 0, 0}, visit, {.descending = descending});
      lines.each_before({"", 0, 0}, visit, {.descending = descending});
    }),
              "");
  }
}

TYPED_TEST(TableRanges, AreFoundByTheFirstPartsOfAKey) {
  EXPECT_EQ(this->texts([](const auto& lines, auto visit) { lines.each_prefix("a", visit); }),
            "a-1 a-1+ a2 a2+ a300 a300+");
  EXPECT_EQ(this->texts([](const auto& lines, auto visit) {
    lines.each_prefix(std::pair{"ab", 300}, visit);
  }),
            "ab300 ab300+");
  EXPECT_EQ(this->texts([](const auto& lines, auto visit) {
    lines.each_prefix(std::tuple{"ab", -1}, visit, {.descending = true});
  }),
            "ab-1+ ab-1");
  EXPECT_EQ(this->texts([](const auto& lines, auto visit) { lines.each_prefix("", visit); }), "");
}

TYPED_TEST(TableRanges, AreFoundByTheFirstLettersOfAText) {
  EXPECT_TRUE(this->store([](customer_tables& now) {
    for (const std::string id : {"ann", "anna", "bob", "a", "an\xff", "\xff\xff", "\xff"})
      now.customers.put(id, {});
  }));
  const auto with = [&](const std::string& letters, bool descending) {
    names found;
    EXPECT_TRUE(this->read([&](const customer_tables& now) {
      now.customers.each_prefix(letters, note_ids(found), {.descending = descending});
    }));
    return found;
  };
  EXPECT_EQ(with("an", false), (names{"ann", "anna", "an\xff"}));
  EXPECT_EQ(with("an", true), (names{"an\xff", "anna", "ann"}));
  EXPECT_EQ(with("\xff", true), (names{"\xff\xff", "\xff"}));
  EXPECT_EQ(with("", false).size(), 7U);
  EXPECT_EQ(with("anx", false), names{});
}

TYPED_TEST(TableRanges, EndAtTheirLimit) {
  const auto at_most = [this](std::uint64_t limit, bool descending) {
    return this->texts([&](const auto& lines, auto visit) {
      lines.each_prefix("b", visit, {.descending = descending, .limit = limit});
    });
  };
  EXPECT_EQ(at_most(0, false), "");
  EXPECT_EQ(at_most(2, false), "b-1 b-1+");
  EXPECT_EQ(at_most(1, true), "b300+");
  EXPECT_EQ(at_most(100, false), "b-1 b-1+ b2 b2+ b300 b300+");
}

TYPED_TEST(TableRanges, EndWhenAVisitSaysSo) {
  std::vector<std::int32_t> numbers;
  EXPECT_TRUE(this->read([&](const customer_tables& now) {
    now.lines.each(
        [&](const line_key& key, const std::string& /*text*/) {
          numbers.push_back(std::get<1>(key));
          return numbers.size() < 3;
        },
        {.descending = true});
  }));
  EXPECT_EQ(numbers, (std::vector<std::int32_t>{300, 300, 2}));
}

TYPED_TEST(TableRanges, KnowTheFirstAndTheLastRow) {
  EXPECT_TRUE(this->read([](const customer_tables& now) {
    EXPECT_EQ(now.lines.first()->second, "a-1");
    EXPECT_EQ(now.lines.last()->second, "b300+");
    EXPECT_EQ(now.customers.first(), std::nullopt);
    EXPECT_EQ(now.customers.last(), std::nullopt);
  }));
}

TYPED_TEST(TableRanges, ShowTheChangesOfTheirOwnBatch) {
  EXPECT_TRUE(this->store([](customer_tables& now) {
    now.lines.erase({"b", 300, 255});
    now.lines.put({"b", 7, 0}, "new");
    now.lines.put({"b", 300, 0}, "changed");
    std::string seen;
    const auto note = [&seen](const line_key& /*key*/, const std::string& text) {
      seen.append(text).append(" ");
    };
    now.lines.each_prefix("b", note, {.descending = true});
    EXPECT_EQ(seen, "changed new b2+ b2 b-1+ b-1 ");
    EXPECT_EQ(now.lines.last()->second, "changed");
  }));
}

}  // namespace
}  // namespace cairn::tests

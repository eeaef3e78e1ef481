#include "days.hpp"
#include "fines/app/batch_reader.hpp"
#include "fines/app/books.hpp"
#include "fines/app/collect.hpp"
#include "fines/figures/csv_tables.hpp"
#include "fines_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

using fines::testing::day;

const std::set<std::string> every_table{fines::table_names.begin(), fines::table_names.end()};

std::string contents_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Sends all rows, some at a time; every one must be accepted, as `repeated` says.
void import(cairn::runtime& app, const fs::path& file, bool repeated) {
  fines::batch_reader reader{file, 4, support::if_malformed::stop};
  for (bool more = true; more;) {
    const fines::batch some = reader.next();
    ASSERT_EQ(some.stopped_because, "");
    for (const auto& one : app.ask_many<fines::fine_case>(some.lines)) {
      ASSERT_NE(one.accepted(), nullptr);
      EXPECT_EQ(one.accepted()->repeated, repeated);
    }
    more = !some.is_last;
  }
}

// The sample has what is odd in such logs: rows that are not in the order of seq, cases that begin
// in the middle, amounts that are empty, totals that do not follow, articles without a number and
// with quotes. Its tables were computed by SQL.
TEST(FinesFigures, AreThoseOfTheSampleAlsoWhenItIsImportedTwice) {
  const fs::path sample{SAMPLE_FOLDER};
  std::set<fines::calendar_day> days;
  for (const auto* text : {"2000-12-31", "2001-03-01", "2001-06-30", "2001-07-31", "2002-12-31"})
    days.insert(day(text));

  fines::testing::fines_store store;
  for (const bool repeated : {false, true}) {
    import(store.app(), sample / "fines.csv", repeated);
    ASSERT_EQ(fines::close_books(store.app(), store.clock(), day("2002-05-04")),
              fines::exit_code::done);
    const auto all = fines::collect_figures(store.app(), days);
    ASSERT_TRUE(all) << cairn::describe(all.error());
    ASSERT_EQ(fines::write_csv_tables(*all, every_table, store.path("tables")), "");
    for (const std::string table : fines::table_names) {
      const std::string name = table + ".csv";
      EXPECT_EQ(contents_of(store.path("tables") / name), contents_of(sample / name)) << name;
    }
  }
}

TEST(FinesFigures, WriteOnlyTheTablesThatAreAskedFor) {
  const fines::testing::fines_store store;
  ASSERT_EQ(fines::write_csv_tables({}, {"fines_month"}, store.path("tables")), "");
  EXPECT_TRUE(fs::exists(store.path("tables") / "fines_month.csv"));
  EXPECT_FALSE(fs::exists(store.path("tables") / "fines_case.csv"));
}

}  // namespace

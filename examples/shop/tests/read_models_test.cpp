#include "shop/app/batch_reader.hpp"
#include "shop/app/collect.hpp"
#include "shop/app/payments.hpp"
#include "shop/app/store.hpp"
#include "shop/domain/account.hpp"
#include "shop/domain/order.hpp"
#include "shop/figures/csv_tables.hpp"
#include "shop/retail/generate.hpp"
#include "shop/retail/truth.hpp"
#include "shop/text/values.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cairn/cairn.hpp>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

cairn::result<cairn::runtime> start() {
  cairn::config settings;
  settings.in_memory = true;
  return shop::make_builder(settings).start();
}

/// What an import sends of a batch.
void send(cairn::runtime& app, const shop::batch& some, bool repeated) {
  for (const auto& id : some.new_accounts) {
    const auto opened =
        app.aggregate<shop::account>(id).ask(shop::agree_credit{shop::account::amount_mils_max});
    ASSERT_NE(opened.accepted(), nullptr);
  }
  for (const auto& one : app.ask_many<shop::order>(some.lines)) {
    ASSERT_NE(one.accepted(), nullptr);
    EXPECT_EQ(one.accepted()->repeated, repeated);
  }
  for (const auto& invoice : some.ended_invoices) {
    const auto asked = app.aggregate<shop::order>(invoice).ask(shop::request_payment{});
    ASSERT_NE(asked.accepted(), nullptr);
  }
}

/// A log whose rows do not come in the order of time: it is read from its end.
std::string made_up_log(std::uint64_t rows) {
  std::stringstream log;
  shop::generate({.rows = rows, .seed = 5}, log);
  std::vector<std::string> lines;
  for (std::string line; std::getline(log, line);)
    lines.push_back(line + '\n');
  std::reverse(lines.begin() + 1, lines.end());
  std::string text;
  for (const auto& line : lines)
    text += line;
  return text;
}

/// All files of a folder, one after the other.
std::string contents_of(const fs::path& folder) {
  std::vector<fs::path> files{fs::directory_iterator{folder}, {}};
  std::sort(files.begin(), files.end());
  std::string text;
  for (const auto& file : files) {
    std::ifstream in{file, std::ios::binary};
    text += file.filename().string() + '\n';
    text.append(std::istreambuf_iterator<char>{in}, {});
  }
  return text;
}

std::string as_text(const shop::figures& all) {
  const fs::path folder = fs::path{testing::TempDir()} / "shop.read_models_test";
  fs::remove_all(folder);
  EXPECT_EQ(shop::write_csv_tables(all, folder), "");
  auto text = contents_of(folder);
  fs::remove_all(folder);
  return text;
}

TEST(ReadModels, SayWhatTheRowsSayAlsoWhenTheyAreSentTwice) {
  const support::testing::temporary_file file{made_up_log(5'000)};
  const std::set days{*shop::parse_day("2024-01-01"),
                      *shop::parse_day("2024-01-03"),
                      *shop::parse_day("2030-01-01")};
  shop::truth sums{days};
  for (shop::row_reader rows{file.path()}; rows.next() == shop::row_reader::outcome::row;) {
    sums.take(rows.row());
  }

  auto app = start();
  ASSERT_TRUE(app) << cairn::describe(app.error());
  for (int time = 0; time < 2; ++time) {
    shop::batch_reader reader{file.path(), 700, shop::batch_reader::if_malformed::stop};
    for (bool more = true; more;) {
      const shop::batch some = reader.next();
      send(*app, some, time == 1);
      more = !some.is_last;
    }
    const auto settled = shop::settle_payments(*app);
    ASSERT_TRUE(settled) << cairn::describe(settled.error());
    const auto found = shop::collect_figures(*app, days);
    ASSERT_TRUE(found) << cairn::describe(found.error());
    EXPECT_EQ(as_text(*found), as_text(sums.result()));
  }
}

}  // namespace

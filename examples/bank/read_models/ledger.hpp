#pragma once

#include "bank/figures/figures.hpp"
#include "bank/read_models/movements.hpp"

#include "cairn/table.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace bank {

/// All accounts that have movements.
struct all_accounts {
  using answer = std::vector<account_figures>;
};

/// The movements of an account from one day to another, in the order of `seq`.
struct statement {
  struct page {
    std::int64_t balance_cents_before = 0;
    std::vector<log_entry> lines;
  };
  using answer = page;
  std::string account;
  business_day from = business_day::min();
  business_day until = business_day::max();
};

/// Which version of an account's aggregate had its newest movement up to the end of a day.
struct version_as_of {
  std::string account;
  std::int64_t movements = 0;
  cairn::version version;
};

/// The versions to look at for the state at the end of `day`: of one account, or of all.
struct versions_as_of {
  using answer = std::vector<version_as_of>;
  business_day day{};
  std::optional<std::string> account = {};
};

/// The movements whose recorded balance does not follow from the one before.
struct differences {
  using answer = std::vector<difference_figures>;
};

/// Every account with its movements in the order of `seq`, in whatever order they were recorded. On
/// disk.
struct ledger {
  static constexpr std::string_view stable_name = "bank.ledger";
  static constexpr std::uint32_t version = 1;
  using sources = movements;

  struct sums {
    standing newest;
    std::int64_t movements = 0;
    business_day first = business_day::max();
    business_day last = business_day::min();
    std::int64_t sum_cents = 0;
    std::int64_t balance_cents_min = 0;
    std::int64_t movements_below_zero = 0;
    business_day first_below_zero = business_day::max();

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive,
                    newest,
                    movements,
                    first,
                    last,
                    sum_cents,
                    balance_cents_min,
                    movements_below_zero,
                    first_below_zero);
    }
  };

  /// Account, seq, and version of its event, should two have the same seq.
  using line_key = std::tuple<std::string, std::uint64_t, std::uint64_t>;

  struct tables {
    cairn::table<std::string, sums> accounts;
    cairn::table<line_key, log_entry> lines;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("accounts", accounts), cairn::field("lines", lines));
    }
  };

  template <class Fact> static void apply(tables& now, const cairn::recorded<Fact>& fact) {
    const std::string account{fact.meta.aggregate_id};
    const posting moved = posting_of(fact.event);
    standing after;
    now.accounts.update(account, [&](sums& one) {
      after = standing_after(moved, one.newest);
      add(one, moved, after);
    });
    log_entry line = moved.entry;
    line.seq = after.seq;
    line.balance_cents = after.balance_cents;
    now.lines.put({account, after.seq, fact.meta.version.value}, line);
  }

  static all_accounts::answer query(const tables& now, const all_accounts& /*question*/) {
    all_accounts::answer all;
    now.accounts.each([&all](const std::string& account, const sums& one) {
      all.push_back({account,
                     one.movements,
                     one.first,
                     one.last,
                     one.sum_cents,
                     one.newest.balance_cents,
                     one.balance_cents_min,
                     one.movements_below_zero,
                     one.first_below_zero});
    });
    return all;
  }

  static statement::page query(const tables& now, const statement& question) {
    statement::page page;
    now.lines.each_prefix(question.account, [&](const line_key& /*key*/, const log_entry& line) {
      if (line.date > question.until) return;
      if (line.date >= question.from) {
        page.lines.push_back(line);
      } else if (page.lines.empty()) {
        page.balance_cents_before = line.balance_cents;
      }
    });
    return page;
  }

  static versions_as_of::answer query(const tables& now, const versions_as_of& question) {
    versions_as_of::answer all;
    const auto take = [&](const line_key& key, const log_entry& line) {
      if (line.date > question.day) return;
      const auto& [account, seq, version] = key;
      if (all.empty() || all.back().account != account) all.push_back({account, 0, {}});
      ++all.back().movements;
      all.back().version = cairn::version{version};
    };
    if (question.account) {
      now.lines.each_prefix(*question.account, take);
    } else {
      now.lines.each(take);
    }
    return all;
  }

  static differences::answer query(const tables& now, const differences& /*question*/) {
    differences::answer all;
    std::string account;
    std::int64_t balance_cents = 0;
    now.lines.each([&](const line_key& key, const log_entry& line) {
      if (std::get<0>(key) != account) balance_cents = 0;
      account = std::get<0>(key);
      const std::int64_t expected_cents = balance_cents + line.change_cents();
      if (line.balance_cents != expected_cents) {
        all.push_back({line.row, account, line.seq, expected_cents, line.balance_cents});
      }
      balance_cents = line.balance_cents;
    });
    return all;
  }

 private:
  static void add(sums& one, const posting& moved, const standing& after) {
    one.newest = newer_of(one.newest, after);
    one.balance_cents_min = one.movements == 0
                                ? after.balance_cents
                                : std::min(one.balance_cents_min, after.balance_cents);
    ++one.movements;
    one.first = std::min(one.first, after.date);
    one.last = std::max(one.last, after.date);
    one.sum_cents += moved.entry.change_cents();
    if (after.balance_cents >= 0) return;
    ++one.movements_below_zero;
    one.first_below_zero = std::min(one.first_below_zero, after.date);
  }
};

}  // namespace bank

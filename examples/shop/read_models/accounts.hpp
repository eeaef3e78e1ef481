#pragma once

#include "shop/domain/account.hpp"
#include "shop/figures/rows.hpp"

#include "cairn/read_model.hpp"
#include "cairn/table.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shop {

/// All accounts, in the order of their names.
struct all_accounts {
  using answer = std::vector<account_figures>;
};

/// What each account has, on disk.
struct accounts {
  static constexpr std::string_view stable_name = "shop.accounts";
  static constexpr std::uint32_t version = 1;
  using sources = cairn::sources<cairn::some_of<account, account_opened, credited, debited>>;

  struct tables {
    cairn::table<std::string, std::int64_t> balances_mils;

    template <class Archive> void serialize(Archive& archive, unsigned /*version*/) {
      cairn::fields(archive, cairn::field("balances_mils", balances_mils));
    }
  };

  static void apply(tables& now, const cairn::recorded<account_opened>& fact) {
    move(now, fact.meta, 0);
  }
  static void apply(tables& now, const cairn::recorded<credited>& fact) {
    move(now, fact.meta, fact->amount_mils);
  }
  static void apply(tables& now, const cairn::recorded<debited>& fact) {
    move(now, fact.meta, -fact->amount_mils);
  }

  static all_accounts::answer query(const tables& now, const all_accounts& /*question*/) {
    all_accounts::answer all;
    now.balances_mils.each([&all](const std::string& id, std::int64_t balance_mils) {
      all.push_back({id, balance_mils});
    });
    return all;
  }

 private:
  static void move(tables& now, const cairn::event_metadata& meta, std::int64_t by_mils) {
    now.balances_mils.update(std::string{meta.aggregate_id},
                             [by_mils](std::int64_t& balance) { balance += by_mils; });
  }
};

}  // namespace shop

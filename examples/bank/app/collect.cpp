#include "bank/app/collect.hpp"

#include "bank/app/ask.hpp"
#include "bank/read_models/kinds.hpp"
#include "bank/read_models/ledger.hpp"
#include "bank/read_models/months.hpp"

#include <algorithm>
#include <utility>

namespace bank {

namespace {

template <class Row> void sort_by_account(std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& one, const Row& other) {
    return is_account_before(one.account, other.account);
  });
}

}  // namespace

cairn::result<std::vector<past_figures>> accounts_as_of(cairn::runtime& app,
                                                        business_day day,
                                                        const std::optional<std::string>& account) {
  const auto versions = ask<ledger>(app, versions_as_of{day, account});
  if (!versions) return versions.error();
  std::vector<past_figures> all;
  for (const auto& then : *versions) {
    const auto found = app.aggregate<bank::account>(then.account).state_at(then.version);
    if (!found) return found.error();
    all.push_back({then.account, then.movements, found->state.latest.balance_cents});
  }
  sort_by_account(all);
  return all;
}

cairn::result<figures> collect_figures(cairn::runtime& app, const std::set<business_day>& as_of) {
  auto accounts = ask<ledger>(app, all_accounts{});
  if (!accounts) return accounts.error();
  auto by_month = ask<months>(app, all_months{});
  if (!by_month) return by_month.error();
  auto by_kind = ask<kinds>(app, all_kinds{});
  if (!by_kind) return by_kind.error();
  auto odd = ask<ledger>(app, differences{});
  if (!odd) return odd.error();
  figures all{*std::move(accounts), *std::move(by_month), *std::move(by_kind), *std::move(odd), {}};
  sort_by_account(all.accounts);
  std::sort(all.differences.begin(), all.differences.end(), [](const auto& one, const auto& other) {
    return one.row < other.row;
  });
  for (const business_day day : as_of) {
    auto then = accounts_as_of(app, day);
    if (!then) return then.error();
    all.accounts_as_of[day] = *std::move(then);
  }
  return all;
}

}  // namespace bank

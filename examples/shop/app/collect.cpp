#include "shop/app/collect.hpp"

#include "shop/app/store.hpp"
#include "shop/read_models/accounts.hpp"
#include "shop/read_models/customers.hpp"
#include "shop/read_models/order_status.hpp"
#include "shop/read_models/sales.hpp"
#include "shop/read_models/top_products.hpp"

#include <optional>
#include <utility>

namespace shop {

namespace {

/// Asks questions until one has no answer; from then on it asks nothing.
class questions {
 public:
  explicit questions(cairn::runtime& app) : app_(app) {}

  template <class Model, class Question>
  void ask(const Question& question, typename Question::answer& into) {
    if (failure_) return;
    auto found = app_.read<Model>({.caught_up = true, .timeout = answer_timeout}).ask(question);
    if (found) {
      into = *std::move(found);
    } else {
      failure_ = found.error();
    }
  }

  [[nodiscard]] const std::optional<cairn::error>& failure() const { return failure_; }

 private:
  cairn::runtime& app_;
  std::optional<cairn::error> failure_;
};

}  // namespace

cairn::result<figures> collect_figures(cairn::runtime& app,
                                       const std::set<std::chrono::local_days>& as_of) {
  figures all;
  questions store{app};
  store.ask<order_status>(all_invoices{}, all.invoices);
  store.ask<order_status>(all_payments{}, all.payments);
  store.ask<accounts>(all_accounts{}, all.accounts);
  store.ask<customers>(all_customers{}, all.customers);
  store.ask<sales>(sales_by_country{}, all.countries);
  store.ask<sales>(sales_by_product{}, all.products);
  store.ask<sales>(sales_by_day{}, all.days);
  store.ask<top_products>(top_of_products{rank_by::units}, all.top_units);
  store.ask<top_products>(top_of_products{rank_by::revenue}, all.top_revenue);
  store.ask<top_products>(top_of_products{rank_by::revenue, top_limit, true},
                          all.top_revenue_products_only);
  for (const auto until : as_of) {
    auto& known = all.customers_as_of[until];
    store.ask<customers>(all_customers{until}, known);
    std::erase_if(known, [](const customer_figures& one) { return one.customer.empty(); });
  }
  if (store.failure()) return *store.failure();
  return all;
}

cairn::result<report_figures> collect_report(cairn::runtime& app,
                                             std::optional<std::chrono::local_days> as_of) {
  report_figures all;
  questions store{app};
  store.ask<sales>(sales_by_day{as_of}, all.days);
  store.ask<sales>(sales_by_country{as_of}, all.countries);
  // The model in memory knows today's best only; the sales know each day's.
  constexpr auto no_limit = static_cast<std::size_t>(-1);
  if (as_of) {
    store.ask<sales>(sales_by_product{as_of}, all.products);
  } else {
    store.ask<top_products>(top_of_products{rank_by::revenue, no_limit}, all.products);
  }
  store.ask<customers>(all_customers{as_of}, all.customers);
  store.ask<order_status>(invoices_by_stage{as_of}, all.stages);
  if (store.failure()) return *store.failure();
  return all;
}

}  // namespace shop

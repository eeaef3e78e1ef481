#include "shop/app/orders.hpp"
#include "shop/app/payments.hpp"
#include "shop/app/store.hpp"
#include "shop/domain/order.hpp"
#include "shop/text/values.hpp"
#include "shop/text/words.hpp"
#include "support/text_table.hpp"

#include <iostream>
#include <utility>

namespace shop {

namespace {

using align = support::text_table::align;

exit_code no_such_order(const std::string& invoice) {
  std::cerr << "shop: there is no order " << invoice << '\n';
  return exit_code::not_found;
}

void print_order(const std::string& invoice, const cairn::aggregate_state<order>& found) {
  const order::state& now = found.state;
  std::cout << to_text(now.kind) << ' ' << invoice << ", version " << found.version.value << '\n'
            << "  customer  " << (now.head.customer.empty() ? "(not known)" : now.head.customer)
            << '\n'
            << "  country   " << now.head.country << '\n'
            << "  time      " << format_time(now.head.time) << '\n';
  if (now.kind == invoice_kind::order) std::cout << "  stage     " << to_text(now.stage) << '\n';
  std::cout << "  payment   " << payment_text(now) << '\n';
  std::cout << '\n';
  support::text_table table{{{"row"},
                             {"stock code", align::left},
                             {"description", align::left},
                             {"quantity"},
                             {"price"},
                             {"total"}}};
  for (const line& one : now.lines) {
    table.row({std::to_string(one.row),
               one.stock_code,
               one.description,
               format_count(one.quantity),
               format_money(one.unit_price_mils),
               format_money(one.total_mils())});
  }
  table.row({"", "", "", format_count(now.units), "", format_money(now.total_mils)});
  table.print(std::cout);
}

}  // namespace

exit_code show_order(const cairn::config& settings,
                     const std::string& invoice,
                     std::optional<std::uint64_t> at_version) {
  auto app = open_store(settings, if_absent::refuse);
  if (!app) return report_failure(app.error());
  const auto one = app->aggregate<order>(invoice);
  const auto found = at_version ? one.state_at(cairn::version{*at_version}) : one.state();
  if (!found) return close_store(*app, report_failure(found.error()));
  if (found->version.value == 0) return close_store(*app, no_such_order(invoice));
  print_order(invoice, *found);
  return close_store(*app, exit_code::done);
}

exit_code show_events(const cairn::config& settings, const std::string& invoice) {
  auto app = open_store(settings, if_absent::refuse);
  if (!app) return report_failure(app.error());
  const auto history = app->aggregate<order>(invoice).history();
  if (!history) return close_store(*app, report_failure(history.error()));
  if (history->empty()) return close_store(*app, no_such_order(invoice));
  support::text_table table{{{"version"},
                             {"recorded (UTC)", align::left},
                             {"event", align::left},
                             {"command id", align::left},
                             {"contents", align::left}}};
  for (const cairn::recorded_event& one : *history) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(one.time.time_since_epoch());
    table.row({std::to_string(one.version.value),
               format_time(std::chrono::local_seconds{seconds}),
               one.event_type,
               one.command_id.text(),
               one.json});
  }
  table.print(std::cout);
  return close_store(*app, exit_code::done);
}

}  // namespace shop

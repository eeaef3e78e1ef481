#include "shop/figures/print_report.hpp"

#include "shop/figures/ranking.hpp"
#include "shop/text/values.hpp"
#include "shop/text/words.hpp"
#include "support/text_table.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shop {

namespace {

using align = support::text_table::align;

/// How many rows of a table are shown; says so above them.
class heads {
 public:
  heads(std::size_t limit, std::ostream& out) : limit_(limit), out_(out) {}

  [[nodiscard]] std::size_t print(const std::string& title,
                                  const std::string& which,
                                  std::size_t all) const {
    const std::size_t shown = limit_ == 0 ? all : std::min(all, limit_);
    const auto count = [](std::size_t rows) {
      return format_count(static_cast<std::int64_t>(rows));
    };
    out_ << '\n' << title;
    if (shown < all) out_ << " (" << which << ' ' << count(shown) << " of " << count(all) << ')';
    out_ << '\n';
    return shown;
  }

 private:
  std::size_t limit_;
  std::ostream& out_;
};

void print_days(const std::vector<day_figures>& days, const heads& head, std::ostream& out) {
  support::text_table table{
      {{"day", align::left}, {"lines"}, {"invoices"}, {"units"}, {"gross"}, {"net"}}};
  for (std::size_t left = head.print("Sales per day", "latest", days.size()); left > 0; --left) {
    const day_figures& one = days[days.size() - left];
    table.row({format_day(one.day),
               format_count(one.lines),
               format_count(one.invoices),
               format_count(one.net_units),
               format_money(one.gross_mils),
               format_money(one.net_mils)});
  }
  table.print(out);
}

void print_countries(std::vector<country_figures> all, const heads& head, std::ostream& out) {
  std::stable_sort(all.begin(), all.end(), [](const auto& one, const auto& other) {
    return one.net_mils > other.net_mils;
  });
  all.resize(head.print("Sales per country", "largest", all.size()));
  support::text_table table{
      {{"country", align::left}, {"invoices"}, {"customers"}, {"gross"}, {"net"}}};
  for (const country_figures& one : all) {
    table.row({one.country,
               format_count(one.invoices),
               format_count(one.customers),
               format_money(one.gross_mils),
               format_money(one.net_mils)});
  }
  table.print(out);
}

void print_top(const std::vector<product_figures>& all,
               std::pair<rank_by, std::string> what,
               const heads& head,
               std::ostream& out) {
  support::text_table table{{{"rank"}, {"stock code", align::left}, {"lines"}, {"units"}, {"net"}}};
  std::int64_t rank = 0;
  for (const auto& one : top_of(all, what.first, head.print(what.second, "first", all.size()))) {
    table.row({format_count(++rank),
               one.stock_code,
               format_count(one.lines),
               format_count(one.net_units),
               format_money(one.net_mils)});
  }
  table.print(out);
}

void print_customers(std::vector<customer_figures> all, const heads& head, std::ostream& out) {
  std::stable_sort(all.begin(), all.end(), [](const auto& one, const auto& other) {
    return one.net_mils() > other.net_mils();
  });
  all.resize(head.print("Customers by lifetime value", "first", all.size()));
  support::text_table table{{{"customer", align::left},
                             {"orders"},
                             {"cancellations"},
                             {"lifetime value"},
                             {"first seen", align::left},
                             {"last seen", align::left}}};
  for (const customer_figures& one : all) {
    table.row({one.customer.empty() ? "(not known)" : one.customer,
               format_count(one.orders),
               format_count(one.cancellations),
               format_money(one.net_mils()),
               format_time(one.first_time),
               format_time(one.last_time)});
  }
  table.print(out);
}

std::string_view stage_of_sale(order_stage stage) {
  return stage == order_stage::placed ? "placed, not paid" : to_text(stage);
}

/// Of a cancellation or an adjustment.
std::string_view stage_of_credit(order_stage stage) {
  return stage == order_stage::confirmed ? "settled" : "not settled";
}

void print_stages(const report_figures& all, std::ostream& out) {
  out << "\nInvoices by status\n";
  support::text_table table{{{"kind", align::left}, {"stage", align::left}, {"invoices"}}};
  for (const auto& [place, count] : all.stages) {
    const auto& [kind, stage] = place;
    const auto text = kind == invoice_kind::order ? stage_of_sale(stage) : stage_of_credit(stage);
    table.row({std::string{to_text(kind)}, std::string{text}, format_count(count)});
  }
  table.print(out);
}

}  // namespace

void print_report(const report_figures& all, std::size_t limit, std::ostream& out) {
  const heads head{limit, out};
  print_days(all.days, head, out);
  print_countries(all.countries, head, out);
  print_top(all.products, {rank_by::revenue, "Top products by revenue"}, head, out);
  print_top(all.products, {rank_by::units, "Top products by units"}, head, out);
  print_customers(all.customers, head, out);
  print_stages(all, out);
}

}  // namespace shop

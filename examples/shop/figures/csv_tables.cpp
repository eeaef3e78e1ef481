#include "shop/figures/csv_tables.hpp"

#include "support/table_file.hpp"

#include <string_view>
#include <system_error>

namespace shop {

using support::table_file;

namespace {

std::string_view to_text(invoice_kind kind) {
  switch (kind) {
    case invoice_kind::order: return "order";
    case invoice_kind::cancellation: return "cancelled";
    case invoice_kind::adjustment: return "adjustment";
  }
  return {};
}

std::string write_invoices(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder,
                  "retail_invoice",
                  "invoice_no,status,first_ts,customer_id,country,lines,units,total_mils"};
  for (const auto& one : all.invoices) {
    file.row(one.invoice,
             to_text(one.kind),
             one.first_time,
             one.customer,
             one.country,
             one.lines,
             one.units,
             one.total_mils);
  }
  return file.close();
}

std::string write_payments(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "retail_payment", "invoice_no,account_id,paid_mils,settled"};
  for (const auto& one : all.payments)
    file.row(one.invoice, one.account, one.paid_mils, one.is_settled ? 1 : 0);
  return file.close();
}

std::string write_accounts(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "retail_account", "account_id,balance_mils"};
  for (const auto& one : all.accounts)
    file.row(one.account, one.balance_mils);
  return file.close();
}

std::string write_customers(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder,
                  "retail_customer",
                  "customer_id,orders,cancellations,gross_mils,cancelled_mils,net_mils,net_units,"
                  "first_ts,last_ts"};
  for (const auto& one : all.customers) {
    file.row(one.customer,
             one.orders,
             one.cancellations,
             one.gross_mils,
             one.cancelled_mils,
             one.net_mils(),
             one.net_units,
             one.first_time,
             one.last_time);
  }
  return file.close();
}

std::string write_countries(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "retail_country", "country,invoices,customers,net_mils,gross_mils"};
  for (const auto& one : all.countries) {
    file.row(one.country, one.invoices, one.customers, one.net_mils, one.gross_mils);
  }
  return file.close();
}

std::string write_products(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "retail_product", "stock_code,lines,net_units,net_mils"};
  for (const auto& one : all.products) {
    file.row(one.stock_code, one.lines, one.net_units, one.net_mils);
  }
  return file.close();
}

std::string write_days(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "retail_day", "day,lines,invoices,net_units,net_mils,gross_mils"};
  for (const auto& one : all.days) {
    file.row(one.day, one.lines, one.invoices, one.net_units, one.net_mils, one.gross_mils);
  }
  return file.close();
}

std::string write_top(const std::vector<product_figures>& top,
                      const std::filesystem::path& folder,
                      std::string_view name) {
  table_file file{folder, name, "rank,stock_code,net_units,net_mils"};
  std::size_t rank = 0;
  for (const auto& one : top)
    file.row(++rank, one.stock_code, one.net_units, one.net_mils);
  return file.close();
}

std::string write_customers_as_of(const figures& all, const std::filesystem::path& folder) {
  table_file file{folder, "retail_customer_asof", "asof,customer_id,orders,net_mils"};
  for (const auto& [day, customers] : all.customers_as_of) {
    for (const auto& one : customers)
      file.row(day, one.customer, one.orders, one.net_mils());
  }
  return file.close();
}

}  // namespace

std::string write_csv_tables(const figures& all, const std::filesystem::path& folder) {
  std::error_code trouble;
  std::filesystem::create_directories(folder, trouble);
  if (trouble) return "cannot make " + folder.string() + ": " + trouble.message();
  const auto& only = all.top_revenue_products_only;
  for (const auto& complaint : {write_invoices(all, folder),
                                write_payments(all, folder),
                                write_accounts(all, folder),
                                write_customers(all, folder),
                                write_countries(all, folder),
                                write_products(all, folder),
                                write_days(all, folder),
                                write_top(all.top_units, folder, "retail_top50_qty"),
                                write_top(all.top_revenue, folder, "retail_top50_revenue"),
                                write_top(only, folder, "retail_top50_revenue_products_only"),
                                write_customers_as_of(all, folder)}) {
    if (!complaint.empty()) return complaint;
  }
  return {};
}

}  // namespace shop

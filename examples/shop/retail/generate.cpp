#include "shop/retail/generate.hpp"

#include "shop/retail/catalogue.hpp"
#include "shop/retail/dice.hpp"
#include "shop/text/values.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <string>
#include <string_view>

namespace shop {

namespace {

using time_of = std::chrono::local_seconds;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::uint64_t invoice_lines_max = 120;
constexpr std::size_t remembered_sales = 500;

/// What all rows of an invoice share.
struct invoice_head {
  std::string number;
  shopper buyer;
  time_of time;
};

/// A sale that may be cancelled later.
struct sale {
  shopper buyer;
  product what;
  std::int64_t quantity = 0;
};

class generator {
 public:
  generator(const generate_options& options, std::ostream& out)
      : rows_left_(options.rows),
        chance_(options.seed),
        products_(make_products(chance_, std::max<std::uint64_t>(50, options.rows / 70))),
        shoppers_(make_shoppers(chance_, std::max<std::uint64_t>(10, options.rows / 90))),
        out_(out) {}

  void run() {
    out_ << "row,invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,"
            "country\n";
    while (rows_left_ > 0) {
      const std::uint64_t turn = chance_.below(1000);
      if (turn < 120 && !sales_.empty()) {
        cancel_something();
      } else if (turn < 180) {
        correct_the_stock();
      } else if (turn < 182) {
        adjust_the_accounts();
      } else {
        sell();
      }
      pass_time();
    }
  }

 private:
  void sell() {
    const bool is_known = !chance_.happens(1, 8);
    shopper buyer{"", "United Kingdom"};
    if (is_known) buyer = shoppers_[chance_.heavy_tailed(shoppers_.size(), dice::tail::thick)];
    invoice_head head{std::to_string(next_invoice_++), buyer, now_};
    // Sales without a customer are long lists, keyed in by the day.
    std::uint64_t lines = 1 + chance_.heavy_tailed(invoice_lines_max, dice::tail::even);
    if (!is_known) lines = 2 * lines + 5;
    for (std::uint64_t i = 0; i < lines; ++i) {
      if (i > 0 && chance_.happens(1, 400)) head.time += minutes{1};
      product what = products_[chance_.heavy_tailed(products_.size(), dice::tail::thick)];
      if (chance_.happens(1, 20)) what.unit_price_mils += what.unit_price_mils / 5 / 10 * 10;
      const auto quantity = static_cast<std::int64_t>(
          1 + chance_.heavy_tailed(is_known ? 600 : 24, dice::tail::thin));
      write(head, what, quantity);
      if (is_known && chance_.happens(1, 10)) remember({buyer, what, quantity});
    }
    if (chance_.happens(1, 25)) write(head, {"POST", "POSTAGE", 18'000}, 1);
    // A price with three decimals, as the log of a till may have it.
    if (chance_.happens(1, 300)) write(head, {"PADS", "PADS TO MATCH ALL CUSHIONS", 1}, 1);
  }

  void cancel_something() {
    const sale undone = sales_[chance_.below(sales_.size())];
    const auto most = static_cast<std::uint64_t>(undone.quantity);
    const auto quantity = static_cast<std::int64_t>(1 + chance_.below(most));
    write({"C" + std::to_string(next_invoice_++), undone.buyer, now_}, undone.what, -quantity);
  }

  void correct_the_stock() {
    product what = products_[chance_.below(products_.size())];
    constexpr std::array<std::string_view, 4> reasons{"damages", "?", "", "check, lost"};
    what.description = reasons.at(chance_.below(reasons.size()));
    what.unit_price_mils = 0;
    const auto quantity =
        static_cast<std::int64_t>(1 + chance_.heavy_tailed(300, dice::tail::even));
    write({std::to_string(next_invoice_++), {"", "United Kingdom"}, now_}, what, -quantity);
  }

  void adjust_the_accounts() {
    const std::int64_t amount = 10 * static_cast<std::int64_t>(1 + chance_.below(1'200'000));
    const product what{"B", "Adjust bad debt", chance_.happens(1, 2) ? amount : -amount};
    write({"A" + std::to_string(next_invoice_++), {"", "United Kingdom"}, now_}, what, 1);
  }

  void remember(sale one) {
    if (sales_.size() == remembered_sales) sales_.pop_front();
    sales_.push_back(std::move(one));
  }

  /// Goes on by some minutes, and over the night at six in the evening. Saturdays are closed.
  void pass_time() {
    now_ += minutes{1 + chance_.below(8)};
    const auto day = std::chrono::floor<std::chrono::days>(now_);
    if (now_ - day < hours{18}) return;
    auto next = day + std::chrono::days{1};
    if (std::chrono::weekday{next} == std::chrono::Saturday) next += std::chrono::days{1};
    now_ = next + hours{8};
  }

  void write(const invoice_head& head, const product& what, std::int64_t quantity) {
    if (rows_left_ == 0) return;
    --rows_left_;
    out_ << ++row_ << ',' << head.number << ',' << what.stock_code << ',';
    write_text(what.description);
    out_ << ',' << quantity << ',' << format_time(head.time) << ',';
    write_price(what.unit_price_mils);
    out_ << ',' << head.buyer.customer << ',';
    write_text(head.buyer.country);
    out_ << '\n';
  }

  void write_text(std::string_view text) {
    if (text.find_first_of(",\"") == std::string_view::npos) {
      out_ << text;
      return;
    }
    out_ << '"';
    for (const char letter : text)
      out_ << (letter == '"' ? "\"\"" : std::string(1, letter));
    out_ << '"';
  }

  void write_price(std::int64_t mils) {
    if (mils < 0) out_ << '-';
    const std::int64_t size = mils < 0 ? -mils : mils;
    std::string decimals = std::to_string(1000 + size % 1000).substr(1);
    if (decimals.back() == '0') decimals.pop_back();
    out_ << size / 1000 << '.' << decimals;
  }

  std::uint64_t rows_left_;
  dice chance_;
  std::vector<product> products_;
  std::vector<shopper> shoppers_;
  std::ostream& out_;
  std::deque<sale> sales_;
  std::uint64_t row_ = 0;
  std::uint64_t next_invoice_ = 600'001;
  time_of now_ = std::chrono::local_days{std::chrono::year{2024} / 1 / 2} + hours{8};
};

}  // namespace

void generate(const generate_options& options, std::ostream& out) {
  generator{options, out}.run();
}

}  // namespace shop

#include "shop/app/clerk.hpp"

#include "shop/app/store.hpp"
#include "support/send.hpp"

#include <ctime>
#include <utility>
#include <vector>

namespace shop {

namespace {

bool is_web_order(const std::string& invoice) {
  return invoice.starts_with('W');
}

std::string cancellation_of(const std::string& invoice) {
  return "C-" + invoice;
}

cairn::result<void> pay_back(cairn::runtime& app,
                             const std::string& invoice,
                             const order::state& undone) {
  if (!is_web_order(invoice) || undone.total_mils <= 0) return {};
  // Asking once more tells whether it was debited: with its id, the answer is the first one. Should
  // the program have been killed before it came to the debit, it is debited now and paid back at
  // once.
  const auto debited = debit_for(app, invoice, undone);
  if (const auto* why = debited.failed()) return *why;
  if (debited.rejected() != nullptr) return {};
  const auto paid = app.aggregate<account>(undone.head.customer)
                        .ask(credit{undone.total_mils, cancellation_of(invoice)},
                             {.command_id = "pay back/" + invoice, .timeout = answer_timeout});
  if (const auto* why = paid.failed()) return *why;
  return {};
}

}  // namespace

business_time shop_time() {
  const std::time_t now = std::time(nullptr);
  std::tm here{};
  localtime_r(&now, &here);
  return business_time{std::chrono::seconds{now + here.tm_gmtoff}};
}

std::string web_order_number(const std::string& customer, std::uint64_t checkout) {
  return "W" + customer + "-" + std::to_string(checkout);
}

cairn::outcome<account> debit_for(cairn::runtime& app,
                                  const std::string& invoice,
                                  const order::state& placed) {
  return app.aggregate<account>(placed.head.customer)
      .ask(debit{placed.total_mils, invoice},
           {.command_id = "debit/" + invoice, .timeout = answer_timeout});
}

cairn::result<std::string> take_off_the_books(cairn::runtime& app,
                                              const std::string& invoice,
                                              const order::state& undone) {
  const std::string number = cancellation_of(invoice);
  heading head = undone.head;
  head.time = shop_time();
  std::vector<cairn::addressed<order>> commands;
  for (line one : undone.lines) {
    one.quantity = -one.quantity;
    commands.push_back({.id = number,
                        .wish = book_line{invoice_kind::cancellation, head, one},
                        .options = {.command_id = number + '/' + std::to_string(one.row)}});
  }
  const auto booked = support::send_all(app, commands);
  if (!booked) return booked.error();
  const auto paid = pay_back(app, invoice, undone);
  if (!paid) return paid.error();
  return number;
}

}  // namespace shop

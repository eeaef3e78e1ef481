#include "shop/app/payments.hpp"

#include "shop/process_managers/checkout.hpp"
#include "shop/process_managers/payment.hpp"
#include "shop/process_managers/payment_deadline.hpp"
#include "shop/text/values.hpp"
#include "shop/text/words.hpp"
#include "support/settle.hpp"

namespace shop {

cairn::result<bool> settle_payments(cairn::runtime& app,
                                    const std::function<void(std::uint64_t steps)>& show) {
  return support::settle<checkout, payment, payment_deadline>(app, show);
}

std::string payment_text(const order::state& now) {
  const bill& money = now.bill;
  const std::string account = account_of(now.head.customer);
  if (money.open_requests > 0) {
    return format_money(money.asked_mils - money.paid_mils) + " awaited from account " + account;
  }
  if (money.refused) return "refused: " + std::string{to_text(*money.refused)};
  if (!money.is_settled(now.kind, now.total_mils)) return "not asked for yet";
  if (money.paid_mils == 0) return "nothing to pay";
  if (money.paid_mils < 0)
    return format_money(-money.paid_mils) + " paid back to account " + account;
  return format_money(money.paid_mils) + " paid by account " + account;
}

}  // namespace shop

#include "shop/app/store.hpp"

#include "shop/domain/account.hpp"
#include "shop/domain/cart.hpp"
#include "shop/domain/order.hpp"
#include "shop/process_managers/checkout.hpp"
#include "shop/process_managers/payment.hpp"
#include "shop/process_managers/payment_deadline.hpp"
#include "shop/read_models/accounts.hpp"
#include "shop/read_models/customers.hpp"
#include "shop/read_models/order_status.hpp"
#include "shop/read_models/sales.hpp"
#include "shop/read_models/top_products.hpp"

#include <string_view>

namespace shop {

namespace {

constexpr std::string_view program_name = "shop";

}  // namespace

cairn::result<cairn::runtime> open_store(const cairn::config& settings, if_absent then) {
  if (auto ready = support::prepare_folder(program_name, settings.store, then); !ready) {
    return ready.error();
  }
  auto parts = make_builder(settings);
  parts.log(cairn::stderr_log(cairn::log_level::warning));
  return parts.start();
}

cairn::builder make_builder(const cairn::config& settings) {
  cairn::builder parts{settings};
  parts.add<order>({.snapshot_every = 100})
      .add<account>()
      .add<cart>()
      .add_read_model<sales>()
      .add_read_model<top_products>()
      .add_read_model<customers>()
      .add_read_model<order_status>()
      .add_read_model<accounts>()
      .add_process_manager<checkout>()
      .add_process_manager<payment>()
      .add_process_manager<payment_deadline>();
  return parts;
}

exit_code report_failure(const cairn::error& why) {
  return support::report_failure(program_name, why);
}

exit_code close_store(cairn::runtime& app, exit_code so_far) {
  const auto stopped = app.stop();
  return stopped ? so_far : report_failure(stopped.error());
}

}  // namespace shop

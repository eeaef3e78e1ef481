#include "shop/app/store.hpp"

#include "shop/domain/account.hpp"
#include "shop/domain/cart.hpp"
#include "shop/domain/order.hpp"
#include "shop/read_models/customers.hpp"
#include "shop/read_models/order_status.hpp"
#include "shop/read_models/sales.hpp"
#include "shop/read_models/top_products.hpp"

#include <iostream>
#include <system_error>

namespace shop {

cairn::result<cairn::runtime> open_store(const cairn::config& settings, if_absent then) {
  const std::filesystem::path& folder = settings.store;
  std::error_code trouble;
  if (then == if_absent::refuse && !std::filesystem::exists(folder, trouble)) {
    return cairn::error{cairn::error::code::not_found,
                        "no store in " + folder.string() + "; `shop import` makes one"};
  }
  std::filesystem::create_directories(folder, trouble);
  if (trouble) {
    return cairn::error{cairn::error::code::io_failed,
                        "cannot make " + folder.string() + ": " + trouble.message()};
  }
  return cairn::builder{settings}
      .log(cairn::stderr_log(cairn::log_level::warning))
      .add<order>({.snapshot_every = 100})
      .add<account>()
      .add<cart>()
      .add_read_model<sales>()
      .add_read_model<top_products>()
      .add_read_model<customers>()
      .add_read_model<order_status>()
      .start();
}

exit_code report_failure(const cairn::error& why) {
  std::cerr << "shop: " << cairn::describe(why) << '\n';
  return why.what == cairn::error::code::not_found ? exit_code::not_found : exit_code::failed;
}

exit_code close_store(cairn::runtime& app, exit_code so_far) {
  const auto stopped = app.stop();
  return stopped ? so_far : report_failure(stopped.error());
}

}  // namespace shop

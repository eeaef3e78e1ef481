#include "shop/app/verify.hpp"

#include "shop/app/store.hpp"

#include <iostream>

namespace shop {

namespace {

exit_code print_report(const cairn::runtime& app) {
  const auto found = app.verify();
  if (!found) return report_failure(found.error());
  std::cout << "the journal is whole: " << found->blocks << " blocks, " << found->commits
            << " commits, " << found->events << " events\n";
  return exit_code::done;
}

}  // namespace

exit_code verify(const cairn::config& settings) {
  auto app = open_store(settings, if_absent::refuse);
  if (!app) return report_failure(app.error());
  return close_store(*app, print_report(*app));
}

}  // namespace shop

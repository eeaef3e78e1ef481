#include "counter.hpp"

#include <cairn/cairn.hpp>
#include <cstdio>
#include <cstdlib>

int main() {
  using consumer::counter;
  using consumer::raise;
  const auto settings = cairn::config::parse("store.in_memory = true", "consumer.toml");
  if (!settings) {
    std::puts(cairn::describe(settings.error()).c_str());
    return EXIT_FAILURE;
  }

  auto app = cairn::builder{*settings}.add<counter>().start();
  if (!app) {
    std::puts(cairn::describe(app.error()).c_str());
    return EXIT_FAILURE;
  }
  auto one = app->aggregate<counter>("one");
  if (!one.ask(raise{3}).accepted() || !one.ask(raise{0}).rejected()) return EXIT_FAILURE;
  if (one.state()->state.total != 3) return EXIT_FAILURE;

  std::puts("the package works");
  return EXIT_SUCCESS;
}

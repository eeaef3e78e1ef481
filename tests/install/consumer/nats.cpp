#include "counter.hpp"

#include <cairn/cairn.hpp>
#include <cairn/nats/publisher.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>

int main() {
  auto publisher = cairn::nats::make_publisher({});
  if (!publisher) {
    std::puts(cairn::describe(publisher.error()).c_str());
    return EXIT_FAILURE;
  }
  auto app = cairn::builder{{.in_memory = true}}
                 .add<consumer::counter>()
                 .add_outbox("events", *std::move(publisher))
                 .start();
  if (!app) return EXIT_FAILURE;
  // Nobody is there to take it; it is stored all the same.
  if (!app->aggregate<consumer::counter>("one").ask(consumer::raise{3}).accepted()) {
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

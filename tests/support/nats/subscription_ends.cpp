#include "support/nats/subscription_ends.hpp"

#include <atomic>
#include <dlfcn.h>
#include <nats/nats.h>

namespace cairn::tests {
namespace {

std::atomic<int> all{0};
std::atomic<int> on_open_connections{0};

}  // namespace

subscription_ends subscription_ends::so_far() {
  return {tests::all, tests::on_open_connections};
}

void subscription_ends::forget() {
  tests::all = 0;
  tests::on_open_connections = 0;
}

}  // namespace cairn::tests

extern "C" void natsSubscription_Destroy(natsSubscription* which) {
  using function = void (*)(natsSubscription*);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  static const auto real = reinterpret_cast<function>(dlsym(RTLD_NEXT, "natsSubscription_Destroy"));
  // The library does so with what it does not have.
  if (which == nullptr) return;
  ++cairn::tests::all;
  if (natsSubscription_IsValid(which)) ++cairn::tests::on_open_connections;
  real(which);
}

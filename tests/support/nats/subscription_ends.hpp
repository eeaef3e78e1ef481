#pragma once

namespace cairn::tests {

/// How subscriptions of libnats have ended in this program; any thread. The moment in which the
/// library's reading thread has a message for a subscription that ends cannot be chosen from
/// outside, but whether there can be such a moment is seen here: its connection is still open.
///
/// A program that links subscription_ends.cpp has every call of natsSubscription_Destroy come
/// through it, also those of the library.
struct subscription_ends {
  int all = 0;
  int on_open_connections = 0;

  [[nodiscard]] static subscription_ends so_far();
  static void forget();
};

}  // namespace cairn::tests

#pragma once

#include "support/nats/nats_server.hpp"
#include "support/running.hpp"

namespace cairn::tests {

/// A runtime beside a server of its own. Skipped where there is no nats-server.
class with_nats : public running {
 protected:
  void SetUp() override {
    if (!nats_server::is_installed()) GTEST_SKIP() << "there is no nats-server on this machine";
    server.start();
  }

  [[nodiscard]] nats_observer observer() const { return nats_observer{server.url()}; }

  nats_server server;
};

}  // namespace cairn::tests

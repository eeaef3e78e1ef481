#pragma once

#include "cairn/log.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace cairn::nats {

/// Encryption of a connection, and who the servers and we are. Files are in PEM.
struct tls_options {
  /// Also where the servers do not demand it.
  bool required = false;
  /// Whom to trust; empty: whom the system trusts.
  std::string authorities_file = {};
  /// Our own; empty: none.
  std::string certificate_file = {};
  std::string key_file = {};
};

/// Where the servers are, and how to introduce oneself. What is empty is not used.
struct connection_options {
  /// Of one cluster: "nats://host:4222", or "tls://host:4222".
  std::vector<std::string> servers = {"nats://127.0.0.1:4222"};
  /// What the servers call the connection where people read of it.
  std::string name = "cairn";
  std::string user = {};
  std::string password = {};
  std::string token = {};
  /// A file with a JWT and the seed that belongs to it.
  std::string credentials_file = {};
  /// A public NKey, and a file with its seed.
  std::string nkey = {};
  std::string nkey_seed_file = {};
  tls_options tls = {};
  /// For one server.
  std::chrono::milliseconds connect_timeout{2'000};
  /// Hears when the connection comes and goes.
  log_sink log = silent_log();
};

}  // namespace cairn::nats

#pragma once

#include "connectors/postgres_server.hpp"
#include "connectors/sql_models.hpp"

#include "cairn/postgres.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace cairn::tests {

/// A server that all tests of the process share, emptied for each.
struct postgres_place {
  static constexpr std::string_view bytes_type = "bytea";

  postgres_place() {
    server.empty();
    settings.wait_max = std::chrono::seconds{60};
  }
  void wait_no_longer_than_needed() { settings.wait_max = std::chrono::seconds{1}; }
  [[nodiscard]] read_model_storage storage() const {
    // What comes later counts more.
    const std::string as = user.empty() ? user : " user=" + user;
    return cairn::postgres::database(server.connection() + as, settings);
  }
  /// Empty: one who may do everything.
  std::string user;
  postgres_server& server = *postgres_server::shared();
  cairn::postgres::options settings;
};

/// Read models in PostgreSQL.
class Postgres : public stored_elsewhere<postgres_place> {
 protected:
  ~Postgres() override {
    told::in_create = nullptr;
    told::in_apply = nullptr;
  }

  static bool comes(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  template <class M> static bool is_waiting(running<M>& model) {
    const auto now = model.runner->status();
    return now.last_error && now.last_error->what == error::code::unavailable;
  }
};

}  // namespace cairn::tests

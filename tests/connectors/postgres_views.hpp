#pragma once

#include "connectors/postgres_server.hpp"

#include "cairn/persistence/views.hpp"
#include "cairn/postgres.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace cairn::tests {

/// Views in PostgreSQL, in a database that is empty at the beginning.
struct postgres_views {
  postgres_views() { postgres_server::shared()->empty(); }
  static std::unique_ptr<persistence::view> open(const persistence::view_options& wish) {
    return *cairn::postgres::database(postgres_server::shared()->connection()).open(wish);
  }
};

using table_backends = ::testing::Types<postgres_views>;

}  // namespace cairn::tests

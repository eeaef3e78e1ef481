#pragma once

#include "lmdb/lmdb_view.hpp"
#include "support/customers.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/persistence/views.hpp"
#include "cairn/table.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// The same tests are compiled once more for the storages of connectors/, which say so.
#ifdef CAIRN_TABLE_BACKENDS
#include CAIRN_TABLE_BACKENDS
#endif

namespace cairn::tests {

using names = std::vector<std::string>;

struct in_memory {
  static std::unique_ptr<persistence::view> open(persistence::view::options settings) {
    return persistence::make_memory_view(std::move(settings));
  }
};

struct on_disk {
  std::unique_ptr<persistence::view> open(const persistence::view::options& settings) const {
    return *persistence::lmdb::open_view(directory.path(), settings, std::uint64_t{64} << 20U);
  }
  temporary_directory directory;
};

#ifndef CAIRN_TABLE_BACKENDS
using table_backends = ::testing::Types<in_memory, on_disk>;
#endif

/// Customers on a view of any kind.
template <class Backend> class customers_on : public ::testing::Test {
 protected:
  customers_on()
      : view(backend.open({.name = "test.customers",
                           .tables = detail::table_names<customer_tables>(),
                           .partitions = 1})) {}

  /// Calls `change(customer_tables&)` in a batch and commits it.
  template <class Change> result<void> store(Change&& change) {
    const auto batch = *view->begin();
    customer_tables now;
    detail::bind_tables(now, batch->tables());
    change(now);
    return batch->commit({++reached});
  }

  /// Calls `look(const customer_tables&)` on what is stored. The error of reading it.
  template <class Look> result<void> read(Look&& look) {
    const auto reader = *view->read();
    customer_tables now;
    detail::bind_tables(now, reader->tables());
    look(std::as_const(now));
    if (reader->tables().failed()) return *reader->tables().failure();
    return {};
  }

  Backend backend;
  std::unique_ptr<persistence::view> view;
  std::uint64_t reached = 0;
};

/// A visit that writes down the ids of customers.
inline auto note_ids(std::vector<std::string>& into) {
  return [&into](const std::string& id, const customer& /*row*/) {
    into.push_back(id);
  };
}

}  // namespace cairn::tests

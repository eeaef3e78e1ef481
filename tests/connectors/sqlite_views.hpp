#pragma once

#include "support/temporary_directory.hpp"

#include "cairn/persistence/views.hpp"
#include "cairn/sqlite.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace cairn::tests {

/// Views in SQLite, in a folder that goes with this.
struct sqlite_views {
  std::unique_ptr<persistence::view> open(const persistence::view_options& wish) const {
    return *cairn::sqlite::folder(directory.path()).open(wish);
  }
  temporary_directory directory;
};

using table_backends = ::testing::Types<sqlite_views>;

}  // namespace cairn::tests

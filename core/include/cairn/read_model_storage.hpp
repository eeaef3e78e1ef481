#pragma once

#include "cairn/result.hpp"

#include <functional>
#include <memory>

namespace cairn::persistence {
class view;
struct view_options;
}  // namespace cairn::persistence

namespace cairn {

/// Where a read model keeps its rows, or its saved state, and its checkpoint. Values of this come
/// from the libraries in connectors/: `cairn::sqlite::folder("views")`,
/// `cairn::postgres::database("host=db dbname=shop")`. Any thread.
struct read_model_storage {
  /// Opens the storage of one read model at one version (cairn/persistence/views.hpp). Empty: the
  /// store's own directory. Fails with what builder::start is then answered with.
  std::function<result<std::unique_ptr<persistence::view>>(const persistence::view_options&)> open =
      {};
  /// Whether what it opens takes SQL of the read model's own (cairn/sql.hpp).
  bool takes_sql = false;
};

}  // namespace cairn

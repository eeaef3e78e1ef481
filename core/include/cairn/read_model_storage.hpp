#pragma once

#include "cairn/result.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace cairn::persistence {
class view;
struct view_options;
struct view_place;
}  // namespace cairn::persistence

namespace cairn {

/// Where a read model keeps its rows, or its saved state, and its checkpoint. Values of this come
/// from the libraries in connectors/: `cairn::sqlite::folder("views")`,
/// `cairn::postgres::database("host=db dbname=shop")`. Any thread.
struct read_model_storage {
  /// Opens the storage of one copy of a read model at one version (cairn/persistence/views.hpp),
  /// and makes it if need be. Empty: the store's own directory. Fails with what builder::start is
  /// then answered with.
  std::function<result<std::unique_ptr<persistence::view>>(const persistence::view_options&)> open =
      {};
  /// Which versions and copies of the read model of this name there are, ascending.
  std::function<result<std::vector<persistence::view_place>>(const persistence::view_options&)>
      stored = {};
  /// Removes one of them for good. Nothing happens when it is not there. @pre it is not open
  std::function<result<void>(const persistence::view_options&)> remove = {};
  /// Whether what it opens takes SQL of the read model's own (cairn/sql.hpp).
  bool takes_sql = false;
};

}  // namespace cairn

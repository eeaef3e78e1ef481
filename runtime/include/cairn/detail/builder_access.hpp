#pragma once

#include "cairn/detail/typed_aggregate.hpp"
#include "cairn/runtime.hpp"

#include <memory>
#include <utility>

namespace cairn::detail {

/// What a builder does for the test kit alone.
struct builder_access {
  /// As builder::add, with a type that makes its instances in its own way.
  template <class A>
  static void add(builder& to,
                  std::unique_ptr<typed_aggregate<A>> type,
                  aggregate_options options) {
    to.add_aggregate(&type_key<A>, std::move(type), options);
  }
};

}  // namespace cairn::detail

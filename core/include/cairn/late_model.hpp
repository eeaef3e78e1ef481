#pragma once

#include "cairn/error.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cairn {

/// A read model that did not show in time what an accepted command did.
struct late_model {
  std::string name;
  /// stale: it lags. stopped: on an error. shutting_down.
  error why;

  bool operator==(const late_model&) const = default;
};

namespace detail {

/// Null: none is late.
using late_models = std::shared_ptr<const std::vector<late_model>>;

}  // namespace detail

}  // namespace cairn

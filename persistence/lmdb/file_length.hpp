#pragma once

#include "lmdb/environment.hpp"

#include "cairn/result.hpp"

namespace cairn::persistence::lmdb {

/// corrupt: the file of `env` ends before pages that are in use, and touching those would end the
/// process (SIGBUS). Reads nothing that is not there. io_failed.
/// @pre nobody writes
[[nodiscard]] result<void> check_length(const environment& env);

}  // namespace cairn::persistence::lmdb

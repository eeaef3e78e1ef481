#pragma once

#include "compare/peer.hpp"

#include <vector>

namespace bench {

// Each is defined where its library was found.
[[nodiscard]] peer_kind postgres_kind();
[[nodiscard]] peer_kind redis_kind();
[[nodiscard]] peer_kind sqlite_kind();
[[nodiscard]] peer_kind rocksdb_kind();
[[nodiscard]] peer_kind nats_kind();

/// All that Cairn can be compared with, also those that are not there.
[[nodiscard]] std::vector<peer_kind> all_peers();

}  // namespace bench

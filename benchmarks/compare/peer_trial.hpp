#pragma once

#include "compare/peer.hpp"
#include "support/measured.hpp"
#include "support/options.hpp"

#include <cstdint>

namespace bench {

/// Measures a peer that is started for this: see benchmarks/README.md. Warms up first. Afterwards
/// asks whether it refuses a version that is there, ends it, opens it again, and compares all that
/// is stored with what was acknowledged. Blocks. @pre clients > 0, kind.absence.empty()
[[nodiscard]] measured measure_peer(const options& chosen,
                                    const peer_kind& kind,
                                    const places& where,
                                    std::uint32_t clients);

}  // namespace bench

#pragma once

#include "support/measured.hpp"
#include "support/options.hpp"

#include <cstdint>

namespace bench {

/// Measures what LMDB can do for so many waiting clients: see benchmarks/README.md. Blocks for
/// about the duration. Reads everything back afterwards. @pre clients > 0
[[nodiscard]] measured measure_limit(const options& chosen, std::uint32_t clients);

}  // namespace bench

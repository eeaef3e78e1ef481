#pragma once

#include "commands/schedule.hpp"
#include "support/measured.hpp"
#include "support/options.hpp"

#include <cstdint>
#include <optional>

namespace bench {

/// Measures what LMDB can do for so many waiting clients: see benchmarks/README.md. Blocks for
/// about the duration. Reads everything back afterwards.
/// @param open empty: each client sends when it is answered; otherwise by the clock, and `clients`
///   is how many commands can be on their way
/// @pre clients > 0
[[nodiscard]] measured measure_limit(const options& chosen,
                                     std::uint32_t clients,
                                     const std::optional<open_loop>& open = {});

}  // namespace bench

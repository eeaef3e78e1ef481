#pragma once

#include "memory/sampler.hpp"
#include "support/report.hpp"

#include "cairn/cairn.hpp"

namespace bench {

/// Adds what is in memory now, and the most of it that was seen since the row before, to a row.
/// Returns what is anonymous now, in MiB.
double set_memory(row& line, const cairn::runtime_status& now, const sampler::seen& most);

}  // namespace bench

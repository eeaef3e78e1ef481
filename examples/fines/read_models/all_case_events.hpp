#pragma once

#include "fines/domain/fine_case.hpp"

#include "cairn/read_model.hpp"

namespace fines {

/// Where the read models look: at everything that happens in a case. Each event has an `entry_of`.
using all_case_events = cairn::sources<cairn::all_of<fine_case>>;

}  // namespace fines

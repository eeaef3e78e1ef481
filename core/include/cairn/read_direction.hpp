#pragma once

#include <cstdint>

namespace cairn {

/// Which way a read of events goes.
enum class read_direction : std::uint8_t {
  forwards,   ///< The oldest first.
  backwards,  ///< The newest first.
};

}  // namespace cairn

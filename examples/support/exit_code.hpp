#pragma once

#include <cstdint>

namespace support {

/// How a program ends; its --help lists them too. 128 + n: ended by signal n, as shells have
/// it.
enum class exit_code : std::uint8_t {
  done = 0,
  failed = 1,     ///< The store or a file could not be read or written.
  usage = 2,      ///< The command line is wrong.
  malformed = 3,  ///< The input has a row that is none.
  rejected = 4,   ///< The domain said no: a balance too low, an order shipped already.
  not_found = 5,  ///< There is no such thing, or no store.
  interrupted = 128,
};

}  // namespace support

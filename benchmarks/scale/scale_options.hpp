#pragma once

#include <chrono>
#include <cstdint>

namespace CLI {
class App;
}

namespace bench {

/// What the command line asks of the benchmark scale alone.
struct scale_options {
  /// Of memory, page cache included, for the process that is measured; 0: no limit.
  std::uint64_t memory_limit_bytes = 0;
  /// Of one command, when the store is prepared.
  std::uint32_t events_per_command = 5;
  /// How long the read model may take to catch up.
  std::chrono::duration<double> feed{60.0};
};

/// `into` must live until the command line has been read.
void add_scale_options(CLI::App& app, scale_options& into);

}  // namespace bench

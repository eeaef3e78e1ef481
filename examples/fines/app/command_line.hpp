#pragma once

namespace fines {

/// Does what the command line says; returns what the process should end with.
[[nodiscard]] int run_command_line(int argument_count, char** arguments);

}  // namespace fines

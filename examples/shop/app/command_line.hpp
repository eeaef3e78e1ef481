#pragma once

namespace shop {

/// Understands the command line and does what it says. Returns what the program returns.
[[nodiscard]] int run_command_line(int argument_count, char** arguments);

}  // namespace shop

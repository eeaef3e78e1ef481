#include "fines/app/command_line.hpp"
#include "support/stop_signal.hpp"

int main(int argument_count, char** arguments) {
  support::catch_stop_signals();
  return fines::run_command_line(argument_count, arguments);
}

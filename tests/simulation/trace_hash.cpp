#include "simulation/simulated_bank.hpp"

#include <cstdlib>
#include <iostream>

// Prints what the trace of a seed comes to, so that two processes can be compared; with a second
// argument, the trace itself.

int main(int count, char** arguments) {
  if (count < 2) return 2;
  auto options = cairn::tests::troubled();
  if (count > 2)
    options.trace = [](std::string_view line) {
      std::cout << line << '\n';
    };
  cairn::tests::simulated_bank bank{std::strtoull(arguments[1], nullptr, 10), options, {}};
  const auto done = bank.run();
  std::cout << done.trace_hash << '\n';
  if (!done.ok()) std::cerr << describe(done) << '\n';
  return done.ok() ? 0 : 1;
}

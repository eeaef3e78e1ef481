// An import that is meant to be killed: begins from the start each time, and tells each command
// that was accepted on stdout. Once it is through it waits for the end.
//
//   import_crasher DIRECTORY ROUND POSTGRES PARTITIONS

#include "connectors/bank_import.hpp"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace cairn::tests {
namespace {

void report(std::uint64_t count) {
  char line[60];
  const int size =
      std::snprintf(line, sizeof line, "0 %llu 0\n", static_cast<unsigned long long>(count));
  if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) != size) std::_Exit(0);
}

int run(const import_places& where) {
  auto app = start_import(where);
  if (!app) {
    std::fprintf(stderr, "%s\n", describe(app.error()).c_str());
    return 2;
  }
  if (!import_all(*app, report)) return 3;
  for (std::uint64_t count = commands_to_import;;) {
    // The process manager goes on meanwhile, and may be killed in that, too.
    report(++count);
    usleep(1'000);
  }
}

}  // namespace
}  // namespace cairn::tests

int main(int argc, char** argv) {
  if (argc != 5) return 1;
  return cairn::tests::run({argv[1], argv[3]});
}

#include "cairn/assert.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace cairn {
namespace {

void print_to_stderr(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "cairn: assertion failed: %s (%s:%d)\n", condition, file, line);
}

// The one global of the library: an assertion may fail where no runtime object can be reached.
std::atomic<assertion_handler> current{&print_to_stderr};

}  // namespace

assertion_handler set_assertion_handler(assertion_handler handler) noexcept {
  return current.exchange(handler != nullptr ? handler : &print_to_stderr);
}

namespace detail {

void assertion_failed(const char* condition, const char* file, int line) {
  current.load()(condition, file, line);
  std::abort();
}

}  // namespace detail
}  // namespace cairn

#include "scale/ended_process.hpp"

#include "support/memory_use.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <type_traits>
#include <unistd.h>

namespace bench {
namespace {

static_assert(std::is_trivially_copyable_v<told>, "goes through a pipe");

void check(int result, const char* doing) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), doing};
}

void add_resources(told& of) {
  const memory_use memory = memory_in_use();
  of.anonymous_bytes = memory.anonymous;
  of.anonymous_most_bytes = std::max(of.anonymous_most_bytes, memory.anonymous);
  of.mapped_bytes = memory.file_mapped;
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  of.major_faults = static_cast<std::uint64_t>(used.ru_majflt);
  std::ifstream io{"/proc/self/io"};
  for (std::string word; io >> word;) {
    if (word == "read_bytes:") io >> of.read_bytes;
  }
}

[[noreturn]] void tell_and_end(told& found, int to) {
  add_resources(found);
  if (write(to, &found, sizeof found) == sizeof found) kill(getpid(), SIGKILL);
  _exit(EXIT_FAILURE);
}

[[noreturn]] void work_and_end(pid_t parent,
                               int to,
                               const memory_limit* limit,
                               const ended_work& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);
  told found;
  try {
    if (limit != nullptr) limit->enter();
    work(found, [&found, to] { tell_and_end(found, to); });
    found.note("it has come to no end");
  } catch (const std::exception& thrown) {
    found.note(thrown.what());
  }
  tell_and_end(found, to);
}

std::string end_of(int status) {
  if (WIFSIGNALED(status)) return "by signal " + std::to_string(WTERMSIG(status));
  return "with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void told::note(std::string_view what) noexcept {
  if (trouble[0] != '\0') return;
  std::copy_n(what.begin(), std::min(what.size(), trouble.size() - 1), trouble.begin());
}

told in_ended_process(const memory_limit* limit, const ended_work& work) {
  int ends[2];
  check(pipe(ends), "pipe");
  std::cout.flush();
  const std::uint64_t kills = limit != nullptr ? limit->kills() : 0;
  const pid_t self = getpid();
  const pid_t child = fork();
  check(child, "fork");
  if (child == 0) {
    close(ends[0]);
    work_and_end(self, ends[1], limit, work);
  }
  close(ends[1]);
  told found;
  ssize_t got = 0;
  do {
    got = read(ends[0], &found, sizeof found);
  } while (got < 0 && errno == EINTR);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (got == sizeof found) return found;
  found = {};
  const bool too_much = limit != nullptr && limit->kills() > kills;
  found.note(too_much ? "it needed more memory than the limit, and was killed"
                      : "its process ended " + end_of(status));
  return found;
}

}  // namespace bench

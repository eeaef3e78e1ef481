#pragma once

#include "crash/note.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX, not C++
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace cairn::tests {

/// What a server had answered before it was killed.
struct acknowledged {
  note what;
  std::uint64_t offset = 0;
};

inline unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

/// Runs the server `program`, lets it answer `answers` commands, kills it, and returns what it
/// answered.
inline std::vector<acknowledged> run_and_kill(const char* program,
                                              const std::string& directory,
                                              std::uint32_t round,
                                              std::size_t answers,
                                              const char* mode,
                                              std::uint16_t partitions) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    const std::string number = std::to_string(round);
    const std::string logs = std::to_string(partitions);
    execl(program, program, directory.c_str(), number.c_str(), mode, logs.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::vector<acknowledged> all;
  FILE* lines = fdopen(ends[0], "r");
  unsigned client = 0;
  unsigned long long count = 0;
  unsigned long long offset = 0;
  bool killed = false;
  while (std::fscanf(lines, "%u %llu %llu\n", &client, &count, &offset) == 3) {
    all.push_back({{round, client, count}, offset});
    if (all.size() >= answers && !killed) {
      kill(child, SIGKILL);
      killed = true;  // what is still in the pipe was answered, too
    }
  }
  std::fclose(lines);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(killed && WIFSIGNALED(status)) << "the server ended by itself, status " << status;
  return all;
}

}  // namespace cairn::tests

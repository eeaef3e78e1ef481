#include "compare/supervised.hpp"

#include "compare/server_process.hpp"
#include "support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace bench {
namespace {

/// Something that runs until it is ended, and its number in a file.
program endless(const std::filesystem::path& directory, const std::string& as_file) {
  const std::string id = (directory / as_file).string();
  return {.command = {"/bin/sh",
                      "-c",
                      "echo $$ > " + id + ".new; mv " + id + ".new " + id + "; exec sleep 1000"},
          .log = directory / "log"};
}

std::string first_line_of(const std::filesystem::path& file) {
  std::string line;
  std::ifstream in{file};
  std::getline(in, line);
  return line;
}

bool runs(const std::string& process) {
  return kill(std::stoi(process), 0) == 0;
}

class Supervised : public testing::Test {
 protected:
  /// Runs `supervised` in a process, whose work begins with a server and two directories, and then
  /// waits until somebody ends it. Ends `victim` ("self" or "worker") by the signal.
  int status_when(const std::string& victim, int signal) {
    const pid_t self = fork();
    if (self == 0) {
      const bool good = supervised(disk.path(), [this](const places& where) -> bool {
        const server_process server{endless(notes.path(), "server"), [this] {
                                      return exists(notes.path() / "server");
                                    }};
        std::ofstream{notes.path() / "places"} << where.disk.string() << '\n';
        std::ofstream{notes.path() / "sockets"} << where.sockets.string() << '\n';
        std::ofstream{notes.path() / "worker.new"} << getpid() << '\n';
        rename(notes.path() / "worker.new", notes.path() / "worker");
        for (;;)
          pause();
      });
      _exit(good ? 0 : 1);
    }
    while (!exists(notes.path() / "worker"))
      std::this_thread::yield();
    kill(victim == "self" ? self : std::stoi(first_line_of(notes.path() / victim)), signal);
    int status = 0;
    waitpid(self, &status, 0);
    return status;
  }

  void expect_that_nothing_is_left() const {
    EXPECT_FALSE(runs(first_line_of(notes.path() / "server")));
    EXPECT_FALSE(runs(first_line_of(notes.path() / "worker")));
    EXPECT_FALSE(std::filesystem::exists(first_line_of(notes.path() / "places")));
    EXPECT_FALSE(std::filesystem::exists(first_line_of(notes.path() / "sockets")));
  }

  const scratch_directory notes{testing::TempDir()};
  const scratch_directory disk{testing::TempDir()};
};

TEST_F(Supervised, LeavesNothingBehindWhenItIsToldToEnd) {
  const int status = status_when("self", SIGTERM);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  expect_that_nothing_is_left();
}

TEST_F(Supervised, LeavesNothingBehindWhenItsWorkIsKilled) {
  const int status = status_when("worker", SIGKILL);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  expect_that_nothing_is_left();
}

TEST_F(Supervised, SaysWhetherTheWorkWasGood) {
  EXPECT_TRUE(supervised(disk.path(), [](const places& /*where*/) { return true; }));
  EXPECT_FALSE(supervised(disk.path(), [](const places& /*where*/) { return false; }));
  EXPECT_FALSE(supervised(disk.path(), [](const places& /*where*/) -> bool {
    throw std::runtime_error{"the work does not work"};
  }));
}

TEST(ServerProcess, TellsOfAServerThatDoesNotStart) {
  const scratch_directory directory{testing::TempDir()};
  const program fails{.command = {"/bin/false"}, .log = directory.path() / "log"};
  EXPECT_THROW(server_process(fails, [] { return false; }), std::runtime_error);
  EXPECT_THROW(run_to_end(fails), std::runtime_error);
}

TEST(ServerProcess, EndsItsServer) {
  const scratch_directory directory{testing::TempDir()};
  {
    const server_process server{endless(directory.path(), "server"), [&] {
                                  return exists(directory.path() / "server");
                                }};
    EXPECT_TRUE(runs(first_line_of(directory.path() / "server")));
  }
  EXPECT_FALSE(runs(first_line_of(directory.path() / "server")));
}

}  // namespace
}  // namespace bench

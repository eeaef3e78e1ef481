#include "compare/supervised.hpp"

#include "support/scratch_directory.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace bench {
namespace {

void check(int result, const char* doing) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), doing};
}

/// Signals that are waited for, and do not end this process while this is there.
class watched_signals {
 public:
  watched_signals() {
    sigemptyset(&set_);
    for (const int one : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
      sigaddset(&set_, one);
    check(sigprocmask(SIG_BLOCK, &set_, &before_), "blocking signals");
  }
  watched_signals(const watched_signals&) = delete;
  watched_signals& operator=(const watched_signals&) = delete;
  ~watched_signals() { restore(); }

  void restore() const { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  [[nodiscard]] int next() const {
    for (;;) {
      const int signal = sigwaitinfo(&set_, nullptr);
      if (signal > 0) return signal;
    }
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

[[noreturn]] void work_and_end(pid_t parent,
                               const watched_signals& signals,
                               const places& where,
                               const std::function<bool(const places&)>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILURE);
  signals.restore();
  bool good = false;
  try {
    good = work(where);
  } catch (const std::exception& thrown) {
    std::cerr << "benchmarks: " << thrown.what() << std::endl;
  }
  std::cout.flush();
  std::fflush(nullptr);
  _exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
}

/// Waits for the worker's end, or for being told to end it. `told` is that signal, or else 0.
int status_of(pid_t worker, const watched_signals& signals, int& told) {
  int status = 0;
  for (;;) {
    const int signal = signals.next();
    if (signal != SIGCHLD) {
      told = signal;
      kill(worker, SIGKILL);
    }
    if (waitpid(worker, &status, signal == SIGCHLD ? WNOHANG : 0) == worker) return status;
  }
}

struct outcome {
  bool good = false;
  int told = 0;
};

outcome supervise(const watched_signals& signals,
                  const std::filesystem::path& disk,
                  const std::function<bool(const places&)>& work) {
  const scratch_directory on_disk{disk};
  const scratch_directory for_sockets{"/tmp"};
  const places where{on_disk.path(), for_sockets.path()};
  // A server may have to run as another user, who must be able to come here.
  for (const auto& one : {where.disk, where.sockets})
    std::filesystem::permissions(one, std::filesystem::perms{0711});
  // What the worker leaves behind becomes a child of this process, so its end can be waited for.
  check(prctl(PR_SET_CHILD_SUBREAPER, 1), "becoming a reaper");
  std::cout.flush();
  const pid_t self = getpid();
  const pid_t worker = fork();
  check(worker, "fork");
  if (worker == 0) work_and_end(self, signals, where, work);
  outcome out;
  const int status = status_of(worker, signals, out.told);
  // Servers end with whoever started them.
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
  out.good = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
  if (WIFSIGNALED(status) && out.told == 0) {
    std::cerr << "benchmarks: the worker was ended by signal " << WTERMSIG(status) << std::endl;
  }
  return out;
}

}  // namespace

bool supervised(const std::filesystem::path& disk, const std::function<bool(const places&)>& work) {
  outcome out;
  {
    const watched_signals signals;
    out = supervise(signals, disk, work);
  }
  if (out.told != 0) {
    std::signal(out.told, SIG_DFL);
    std::raise(out.told);
  }
  return out.good;
}

}  // namespace bench

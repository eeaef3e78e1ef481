#include "compare/server_process.hpp"

#include "compare/patience.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace bench {
namespace {

/// Everything that allocates is done before the fork: other threads may hold locks.
pid_t start(const program& what) {
  std::vector<char*> words;
  words.reserve(what.command.size() + 1);
  for (const std::string& one : what.command)
    words.push_back(const_cast<char*>(one.c_str()));  // NOLINT: execv does not write
  words.push_back(nullptr);
  const char* log = what.log.c_str();
  const pid_t parent = getpid();
  const pid_t made = fork();
  if (made < 0) throw std::runtime_error{std::string{"fork: "} + std::strerror(errno)};
  if (made > 0) return made;
  const int to = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int from = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(from, STDIN_FILENO);
  dup2(to, STDOUT_FILENO);
  dup2(to, STDERR_FILENO);
  if (what.as.is_needed() && (setgroups(0, nullptr) != 0 || setgid(what.as.group) != 0 ||
                              setuid(what.as.user) != 0 || chdir("/") != 0)) {
    _exit(126);
  }
  // After the change of the user, which would take it back.
  prctl(PR_SET_PDEATHSIG, what.end_with);
  if (getppid() != parent) _exit(126);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(words.front(), words.data());
  _exit(127);
}

int wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string complaint(const program& what, const char* how) {
  return what.command.front() + " " + how + "; it says in " + what.log.string() + " why";
}

}  // namespace

std::filesystem::path find_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders{(path != nullptr ? std::string{path} : "") +
                             ":/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin"};
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = std::filesystem::path{folder} / name;
    if (!folder.empty() && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return {};
}

std::uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT
  const bool known = bind(probe, generic, size) == 0 && getsockname(probe, generic, &size) == 0;
  close(probe);
  if (!known) throw std::runtime_error{"there is no free port"};
  return ntohs(address.sin_port);
}

other_user whoever_is_not_root() {
  if (geteuid() != 0) return {};
  const passwd* found = getpwnam("postgres");
  if (found == nullptr) found = getpwnam("nobody");
  if (found == nullptr) throw std::runtime_error{"there is no user beside root"};
  return {found->pw_uid, found->pw_gid};
}

void run_to_end(const program& what) {
  const int status = wait_for(start(what));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error{complaint(what, "failed")};
  }
}

server_process::server_process(const program& what, const std::function<bool()>& is_ready)
    : id_(start(what)), end_with_(what.end_with) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!is_ready()) {
    const bool ended = waitpid(id_, nullptr, WNOHANG) != 0;
    if (ended) id_ = 0;
    if (ended || std::chrono::steady_clock::now() > deadline) {
      end(SIGKILL);
      throw std::runtime_error{complaint(what, "does not start")};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

server_process::~server_process() {
  end(end_with_);
}

void server_process::end(int signal) {
  if (id_ == 0) return;
  kill(id_, signal);
  wait_for(id_);
  id_ = 0;
}

}  // namespace bench

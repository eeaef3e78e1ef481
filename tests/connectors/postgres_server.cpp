#include "connectors/postgres_server.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace cairn::tests {
namespace {

/// Debian's place, the newest version of it, or what CAIRN_POSTGRES_PROGRAMS says.
std::filesystem::path find_programs() {
  if (const char* const named = std::getenv("CAIRN_POSTGRES_PROGRAMS")) return named;
  std::filesystem::path newest;
  std::error_code failed;
  for (const auto& one : std::filesystem::directory_iterator{"/usr/lib/postgresql", failed}) {
    const auto programs = one.path() / "bin";
    if (std::filesystem::exists(programs / "initdb", failed) && programs > newest) {
      newest = programs;
    }
  }
  return newest;
}

/// PostgreSQL refuses to run as root.
const passwd* somebody_else() {
  if (::geteuid() != 0) return nullptr;
  const passwd* const found = ::getpwnam("postgres");
  return found != nullptr ? found : ::getpwnam("nobody");
}

}  // namespace

postgres_server* postgres_server::shared() {
  static const std::unique_ptr<postgres_server> one = [] {
    std::unique_ptr<postgres_server> made;
    const auto programs = find_programs();
    if (programs.empty()) return made;
    // Short, since the name of a socket is.
    std::string pattern = "/tmp/cairn_pg_XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) return made;
    made.reset(new postgres_server{programs, pattern});
    return made;
  }();
  return one.get();
}

postgres_server::postgres_server(std::filesystem::path programs, std::filesystem::path directory)
    : programs_(std::move(programs)), directory_(std::move(directory)) {
  if (const passwd* const other = somebody_else()) {
    EXPECT_EQ(::chown(directory_.c_str(), other->pw_uid, other->pw_gid), 0);
  }
  EXPECT_EQ(call("initdb",
                 "--pgdata=" + (directory_ / "data").string() +
                     " --username=cairn --auth=trust --encoding=UTF8 --locale=C --no-sync"),
            0);
  start();
}

postgres_server::~postgres_server() {
  stop_at_once();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string postgres_server::connection() const {
  return "host=" + directory_.string() + " user=cairn dbname=postgres";
}

void postgres_server::empty() const {
  run("do $$ declare one text; begin for one in select nspname from pg_namespace where nspname "
      "like '%\\_v%' loop execute format('drop schema %I cascade', one); end loop; end $$");
}

std::string postgres_server::run(std::string_view sql) const {
  const auto file = directory_ / "statement.sql";
  if (std::FILE* const out = std::fopen(file.c_str(), "w")) {
    std::fwrite(sql.data(), 1, sql.size(), out);
    std::fclose(out);
  }
  const std::string command = (programs_ / "psql").string() +
                              " --no-psqlrc -qAt -v ON_ERROR_STOP=1 '" + connection() + "' -f " +
                              file.string() + " 2>>" + (directory_ / "psql.log").string();
  std::FILE* const answer = ::popen(command.c_str(), "r");
  if (answer == nullptr) return {};
  std::string text;
  std::array<char, 4'096> part{};
  for (std::size_t size = 0; (size = std::fread(part.data(), 1, part.size(), answer)) > 0;) {
    text.append(part.data(), size);
  }
  if (::pclose(answer) != 0) return {};
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

void postgres_server::start() {
  const std::string program = (programs_ / "postgres").string();
  const std::string data = (directory_ / "data").string();
  const std::string log = (directory_ / "server.log").string();
  const std::array<std::string, 13> arguments{program,
                                              "-D",
                                              data,
                                              "-k",
                                              directory_.string(),
                                              "-c",
                                              "listen_addresses=",
                                              "-c",
                                              "fsync=off",
                                              "-c",
                                              "shared_buffers=32MB",
                                              "-c",
                                              "max_connections=60"};
  std::array<const char*, arguments.size() + 1> pointers{};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    pointers[i] = arguments[i].c_str();
  }
  const passwd* const other = somebody_else();
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ == 0) {
    // Only what may be called between fork and exec, other threads or not.
    if (other != nullptr && (::setgid(other->pw_gid) != 0 || ::setuid(other->pw_uid) != 0))
      _exit(1);
    ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (::getppid() != parent) _exit(1);
    const int to = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0640);
    ::dup2(to, 1);
    ::dup2(to, 2);
    ::execv(program.c_str(), const_cast<char* const*>(pointers.data()));  // NOLINT
    _exit(1);
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{120};
  while (!is_ready()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "the server does not start; see " << log;
      return;
    }
    std::this_thread::yield();
  }
}

bool postgres_server::is_ready() const {
  return call("pg_isready", "-q -h " + directory_.string()) == 0;
}

void postgres_server::stop_at_once() {
  if (process_ <= 0) return;
  ::kill(process_, SIGQUIT);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

int postgres_server::call(const std::string& program, const std::string& arguments) const {
  std::string command = (programs_ / program).string() + " " + arguments;
  if (const passwd* const other = somebody_else()) {
    command = std::string{"runuser -u "} + other->pw_name + " -- " + command;
  }
  command = "cd / && " + command + " >>" + (directory_ / "programs.log").string() + " 2>&1";
  return std::system(command.c_str());
}

}  // namespace cairn::tests

#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace cairn::tests {

/// A PostgreSQL server of a test's own, in a temporary directory, that is reached through a Unix
/// socket in it and by nobody else. It dies with the process. One thread.
class postgres_server {
 public:
  /// The one that all tests of a process share, started by the first of them. Null where no server
  /// is installed.
  [[nodiscard]] static postgres_server* shared();

  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;
  ~postgres_server();

  /// For cairn::postgres::database.
  [[nodiscard]] std::string connection() const;
  /// Makes everything that is in it go away.
  void empty() const;
  /// What psql says, without the line's end. An empty text for what fails.
  std::string run(std::string_view sql) const;

  /// As a crash would.
  void stop_at_once();
  void start();

 private:
  postgres_server(std::filesystem::path programs, std::filesystem::path directory);
  [[nodiscard]] bool is_ready() const;
  /// Runs a program of the server as somebody who is not root. Its exit code.
  int call(const std::string& program, const std::string& arguments) const;

  const std::filesystem::path programs_;
  const std::filesystem::path directory_;
  pid_t process_ = -1;
};

}  // namespace cairn::tests

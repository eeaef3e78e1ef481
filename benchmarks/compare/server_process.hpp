#pragma once

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace bench {

/// Where a server's program is, in the path and where Debian puts servers; empty: nowhere.
[[nodiscard]] std::filesystem::path find_program(const std::string& name);

/// A port of the loopback that was free a moment ago. Throws std::runtime_error.
[[nodiscard]] std::uint16_t free_port();

/// Who a server is to run as that refuses to run as root: user and group. Both 0: no need to
/// change.
struct other_user {
  uid_t user = 0;
  gid_t group = 0;
  [[nodiscard]] bool is_needed() const noexcept { return user != 0; }
};
[[nodiscard]] other_user whoever_is_not_root();

/// What is to run, and where what it says goes.
struct program {
  std::vector<std::string> command;
  std::filesystem::path log;
  other_user as{};
  /// How it ends when this process does.
  int end_with = SIGKILL;
};

/// Runs it to its end. Throws std::runtime_error when it does not succeed.
void run_to_end(const program& what);

/// A server that ends with this process, or with the thread that made it, however that ends.
class server_process {
 public:
  /// Starts it and waits until `is_ready`. Throws std::runtime_error when it ends before or takes
  /// too long.
  server_process(const program& what, const std::function<bool()>& is_ready);
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;
  /// Ends it as if this process had ended.
  ~server_process();

  /// Sends a signal and waits for the end.
  void end(int signal);

 private:
  pid_t id_ = 0;
  int end_with_;
};

}  // namespace bench

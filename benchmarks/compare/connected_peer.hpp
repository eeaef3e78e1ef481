#pragma once

#include "compare/patience.hpp"
#include "compare/peer.hpp"
#include "compare/server_process.hpp"
#include "support/scratch_directory.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// A server of the benchmark's own behind a Unix socket, and the connections that one thread uses
/// in turns, as poll() says. A stream's appends all go over the same one, so they stay in order.
///
/// A Connection is made of the address and has `add(append)`, `send()`, which does not block,
/// `wanted()`, which is what poll() is to wait for, and `receive(answers)`.
template <class Connection> class connected_peer : public peer {
 public:
  void submit(std::span<const append> wishes) final {
    for (const append& one : wishes)
      connections_[one.stream % connections_.size()].add(one);
    for (Connection& one : connections_)
      one.send();
  }

  void wait(std::vector<answer>& answers) final {
    while (answers.empty()) {
      polled_.clear();
      for (Connection& one : connections_)
        polled_.push_back(one.wanted());
      if (poll(polled_.data(), polled_.size(), patience_ms) <= 0) {
        throw std::runtime_error{name_ + " does not answer"};
      }
      for (std::size_t i = 0; i < polled_.size(); ++i) {
        if (polled_[i].revents == 0) continue;
        // Answers first, as they may make room for what is to be sent.
        if ((polled_[i].revents & ~POLLOUT) != 0) connections_[i].receive(answers);
        connections_[i].send();
      }
    }
  }

 protected:
  connected_peer(std::string name, const places& where)
      : name_(std::move(name)), directory_(where.disk), sockets_(where.sockets) {}

  /// For what the server keeps, and for its socket. Both are removed with this.
  [[nodiscard]] const std::filesystem::path& directory() const noexcept {
    return directory_.path();
  }
  [[nodiscard]] const std::filesystem::path& sockets() const noexcept { return sockets_.path(); }

  /// Waits until the server `is_ready`.
  void start(const program& what, const std::function<bool()>& is_ready) {
    server_.emplace(what, is_ready);
  }
  /// @pre the server runs
  void connect(const std::string& address, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      connections_.emplace_back(address);
  }
  /// Closes the connections, and ends the server by a signal.
  void end(int signal) {
    connections_.clear();
    server_->end(signal);
  }

 private:
  std::string name_;
  scratch_directory directory_;
  scratch_directory sockets_;
  std::optional<server_process> server_;
  // Closed before the server ends.
  std::vector<Connection> connections_;
  std::vector<pollfd> polled_;
};

}  // namespace bench

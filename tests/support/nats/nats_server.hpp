#pragma once

#include "support/temporary_directory.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace cairn::tests {

/// A real nats-server with JetStream, in a temporary directory and on a port of its own, which it
/// keeps over restarts. One thread.
class nats_server {
 public:
  /// False: there is no nats-server on this machine.
  [[nodiscard]] static bool is_installed();

  nats_server() = default;
  nats_server(const nats_server&) = delete;
  nats_server& operator=(const nats_server&) = delete;
  ~nats_server();

  /// Returns once it takes connections. @param settings lines for its configuration file
  void start(const std::string& settings = {});
  /// As the loss of the process.
  void kill();

  [[nodiscard]] std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }

 private:
  /// False: it has ended, or is not there in time.
  [[nodiscard]] bool wait_until_it_listens() const;

  temporary_directory directory_;
  std::uint16_t port_ = 0;
  pid_t process_ = 0;
};

/// What a stream has of one message.
struct stored_message {
  std::string subject;
  std::string id;
  std::string aggregate;
  std::uint64_t version = 0;
  std::string body;
};

/// Looks at a server from outside, as those do who receive the events.
class nats_observer {
 public:
  explicit nats_observer(std::string url) : url_(std::move(url)) {}

  /// Everything that the stream has, in its order.
  [[nodiscard]] std::vector<stored_message> messages(const std::string& stream) const;
  /// How many messages the stream has.
  [[nodiscard]] std::uint64_t count(const std::string& stream) const;
  /// The values of a header of the message with this number in the stream.
  [[nodiscard]] std::vector<std::string> header(const std::string& stream,
                                                std::uint64_t number,
                                                const std::string& name) const;
  void make_stream(const std::string& stream,
                   const std::string& subjects,
                   std::int32_t message_bytes_max = -1) const;
  /// Puts a message into a stream.
  void publish(const std::string& subject, const std::string& body) const {
    publish_with_id(subject, body, {});
  }
  /// The same as the one that has this id for the stream; empty: none.
  void publish_with_id(const std::string& subject,
                       const std::string& body,
                       const std::string& id) const;
  void publish_all(const std::string& subject, const std::vector<std::string>& bodies) const;
  /// One that is asked for its messages, in place of sending them.
  void make_pull_consumer(const std::string& stream, const std::string& consumer) const;
  void remove_consumer(const std::string& stream, const std::string& consumer) const;
  /// Puts a message into a stream that names a subject for its answer; empty: none in time.
  [[nodiscard]] std::string request_through_stream(const std::string& subject,
                                                   const std::string& body) const;
  /// The answer to a request; empty: there was none in time.
  [[nodiscard]] std::string request(const std::string& subject,
                                    const std::string& body,
                                    std::chrono::milliseconds timeout = std::chrono::seconds{
                                        60}) const;
  /// The answers to many requests that are sent at once, in whatever order they come.
  [[nodiscard]] std::vector<std::string> request_all(const std::string& subject,
                                                     const std::vector<std::string>& bodies) const;

 private:
  class connected;

  std::string url_;
};

}  // namespace cairn::tests

#pragma once

#include "cairn/kafka/publisher.hpp"
#include "cairn/result.hpp"

#include <chrono>
#include <cstddef>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace cairn::kafka {

/// What has become of a message.
struct delivery {
  bool is_over = false;
  /// Nothing: it is confirmed.
  std::optional<error> why = {};
};

/// A producer of librdkafka with owners, and its words as ours. One thread: its callbacks are
/// called by poll() alone.
class producer {
 public:
  /// bad_config: what the library says of a setting.
  [[nodiscard]] static result<std::unique_ptr<producer>> make(const publisher_options& options);
  producer(const producer&) = delete;
  producer& operator=(const producer&) = delete;
  /// What is on its way is given up.
  ~producer();

  /// Puts the message on its way. overloaded: there is no room for it now. too_large.
  /// @pre it is not on its way
  [[nodiscard]] result<void> send(const outgoing_event& what);
  /// Null: it was not sent, or is forgotten.
  [[nodiscard]] const delivery* find(const std::string& id) const;
  [[nodiscard]] std::size_t count() const noexcept { return deliveries_.size(); }
  void forget(const std::string& id) { deliveries_.erase(id); }
  /// Waits for news for at most so long. True: there was some about a message.
  bool poll(std::chrono::milliseconds longest);

  /// All brokers have gone since the last call; why.
  [[nodiscard]] std::optional<error> take_absence() { return std::exchange(absence_, {}); }
  /// It can never send anything again.
  [[nodiscard]] std::optional<error> fatal() const;

 private:
  struct destroyer {
    void operator()(rd_kafka_t* what) const noexcept;
  };

  explicit producer(const publisher_options& options) : options_(options) {}

  [[nodiscard]] result<void> open();
  [[nodiscard]] static error translated(rd_kafka_resp_err_t code, std::string_view words);
  static void on_delivery(rd_kafka_t* from, const rd_kafka_message_t* message, void* self);
  static void on_error(rd_kafka_t* from, int code, const char* words, void* self);
  static void on_log(const rd_kafka_t* from, int level, const char* facility, const char* words);

  const publisher_options& options_;
  std::unique_ptr<rd_kafka_t, destroyer> handle_;
  /// By id. Nodes do not move: the library knows where they are.
  std::unordered_map<std::string, delivery> deliveries_;
  std::optional<error> absence_;
  bool heard_ = false;
};

}  // namespace cairn::kafka

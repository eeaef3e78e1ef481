#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cairn::tests {

/// A message as a consumer gets it.
struct consumed_message {
  std::int32_t partition = 0;
  std::string key;
  std::string body;
  /// The last value of each header.
  std::map<std::string, std::string> headers;
};

/// The brokers that librdkafka itself brings for tests, on ports of this machine. They speak the
/// protocol, and keep in memory what they are given: they cannot show what survives them, do not
/// check sizes, and replicate nothing. One thread.
class mock_brokers {
 public:
  explicit mock_brokers(int count);
  mock_brokers(const mock_brokers&) = delete;
  mock_brokers& operator=(const mock_brokers&) = delete;
  ~mock_brokers();

  [[nodiscard]] std::string servers() const;
  void make_topic(const std::string& name, int partitions);
  /// They take no connections, and end those that there are.
  void set_down(bool down);
  /// Each answer takes so long.
  void answer_after(std::chrono::milliseconds delay);
  /// The next requests to store messages are answered as by leaders that are none any more.
  void refuse_to_store(std::size_t times);
  /// The next requests to store messages are answered one by one: true is too large, as by a topic
  /// that takes less than its producers think. (So the mock does not look at sizes itself.)
  void find_too_large(const std::vector<bool>& requests);

  /// So many messages of the topic, from its beginning on; those of a partition in their order.
  [[nodiscard]] std::vector<consumed_message> consume(const std::string& topic,
                                                      std::size_t count) const;

 private:
  class body;

  std::unique_ptr<body> body_;
};

}  // namespace cairn::tests

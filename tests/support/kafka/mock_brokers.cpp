#include "support/kafka/mock_brokers.hpp"

#include <gtest/gtest.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

namespace cairn::tests {
namespace {

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  char words[512];
  EXPECT_EQ(rd_kafka_conf_set(conf, name, value.c_str(), words, sizeof words), RD_KAFKA_CONF_OK)
      << words;
}

rd_kafka_t* make_client(rd_kafka_type_t kind, rd_kafka_conf_t* conf) {
  char words[512];
  rd_kafka_t* const made = rd_kafka_new(kind, conf, words, sizeof words);
  EXPECT_NE(made, nullptr) << words;
  return made;
}

/// Its number in the protocol.
constexpr std::int16_t produce_request = 0;

/// It is connected to nothing, and says so.
rd_kafka_t* make_owner() {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  set(conf, "log_level", "0");
  return make_client(RD_KAFKA_PRODUCER, conf);
}

consumed_message message_of(const rd_kafka_message_t& from) {
  const auto text = [](const void* bytes, std::size_t size) {
    return bytes != nullptr ? std::string(static_cast<const char*>(bytes), size) : std::string{};
  };
  consumed_message made;
  made.partition = from.partition;
  made.key = text(from.key, from.key_len);
  made.body = text(from.payload, from.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&from, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return made;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    made.headers[name] = text(value, size);
  }
  return made;
}

}  // namespace

class mock_brokers::body {
 public:
  explicit body(int count)
      : brokers(count), owner(make_owner()), cluster(rd_kafka_mock_cluster_new(owner, count)) {}
  body(const body&) = delete;
  body& operator=(const body&) = delete;
  ~body() {
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(owner);
  }

  const int brokers;
  rd_kafka_t* const owner;
  rd_kafka_mock_cluster_t* const cluster;
};

mock_brokers::mock_brokers(int count) : body_(std::make_unique<body>(count)) {}
mock_brokers::~mock_brokers() = default;

std::string mock_brokers::servers() const {
  return rd_kafka_mock_cluster_bootstraps(body_->cluster);
}

void mock_brokers::make_topic(const std::string& name, int partitions) {
  EXPECT_EQ(rd_kafka_mock_topic_create(body_->cluster, name.c_str(), partitions, body_->brokers),
            RD_KAFKA_RESP_ERR_NO_ERROR);
}

void mock_brokers::set_down(bool down) {
  for (int id = 1; id <= body_->brokers; ++id) {
    EXPECT_EQ(down ? rd_kafka_mock_broker_set_down(body_->cluster, id)
                   : rd_kafka_mock_broker_set_up(body_->cluster, id),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
}

void mock_brokers::answer_after(std::chrono::milliseconds delay) {
  for (int id = 1; id <= body_->brokers; ++id) {
    EXPECT_EQ(rd_kafka_mock_broker_set_rtt(body_->cluster, id, static_cast<int>(delay.count())),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
}

void mock_brokers::refuse_to_store(std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    rd_kafka_mock_push_request_errors(
        body_->cluster, produce_request, 1, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  }
}

void mock_brokers::find_too_large(const std::vector<bool>& requests) {
  std::vector<rd_kafka_resp_err_t> answers;
  for (const bool is_too_large : requests) {
    answers.push_back(is_too_large ? RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE
                                   : RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  rd_kafka_mock_push_request_errors_array(
      body_->cluster, produce_request, answers.size(), answers.data());
}

std::vector<consumed_message> mock_brokers::consume(const std::string& topic,
                                                    std::size_t count) const {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  set(conf, "bootstrap.servers", servers());
  set(conf, "group.id", "observer");
  set(conf, "auto.offset.reset", "earliest");
  set(conf, "enable.auto.commit", "false");
  rd_kafka_t* const consumer = make_client(RD_KAFKA_CONSUMER, conf);
  (void)rd_kafka_poll_set_consumer(consumer);
  rd_kafka_topic_partition_list_t* const topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, topic.c_str(), RD_KAFKA_PARTITION_UA);
  EXPECT_EQ(rd_kafka_subscribe(consumer, topics), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_topic_partition_list_destroy(topics);
  std::vector<consumed_message> all;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (all.size() < count && std::chrono::steady_clock::now() < deadline) {
    rd_kafka_message_t* const one = rd_kafka_consumer_poll(consumer, 100);
    if (one == nullptr) continue;
    if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR) all.push_back(message_of(*one));
    rd_kafka_message_destroy(one);
  }
  (void)rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
  return all;
}

}  // namespace cairn::tests

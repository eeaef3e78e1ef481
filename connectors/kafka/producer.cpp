#include "producer.hpp"

#include <array>
#include <iterator>
#include <utility>

namespace cairn::kafka {
namespace {

/// What the promises of the publisher rest on.
constexpr std::pair<const char*, const char*> fixed_settings[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    // Behind a message that was refused for good none of its aggregate may go on.
    {"enable.gapless.guarantee", "true"},
    // The outbox waits for as long as it takes.
    {"message.timeout.ms", "0"},
    // Messages that arrive are told, too.
    {"delivery.report.only.error", "false"},
    // Log and errors are told by the thread that polls.
    {"log.queue", "true"},
};
/// What a user may change.
constexpr std::pair<const char*, const char*> default_settings[] = {
    {"client.id", "cairn"},
    {"linger.ms", "5"},
    // As the clients in Java do it.
    {"partitioner", "murmur2_random"},
};

bool is_fixed(std::string_view name) {
  for (const auto& [fixed, value] : fixed_settings) {
    if (name == fixed) return true;
  }
  return false;
}

error bad(std::string_view what) {
  return {error::code::bad_config, "Kafka publisher: " + std::string{what}};
}

struct conf_destroyer {
  void operator()(rd_kafka_conf_t* what) const noexcept { rd_kafka_conf_destroy(what); }
};
using conf_owner = std::unique_ptr<rd_kafka_conf_t, conf_destroyer>;

result<void> set(rd_kafka_conf_t& conf, const std::string& name, const std::string& value) {
  std::array<char, 512> words{};
  const auto done =
      rd_kafka_conf_set(&conf, name.c_str(), value.c_str(), words.data(), words.size());
  if (done != RD_KAFKA_CONF_OK) return bad(words.data());
  return {};
}

result<conf_owner> make_conf(const publisher_options& options) {
  conf_owner conf{rd_kafka_conf_new()};
  if (auto done = set(*conf, "bootstrap.servers", options.servers); !done) return done.error();
  for (const auto& [name, value] : default_settings) {
    if (auto done = set(*conf, name, value); !done) return done.error();
  }
  for (const auto& [name, value] : options.settings) {
    if (is_fixed(name)) return bad("the setting " + name + " cannot be changed");
    if (auto done = set(*conf, name, value); !done) return done.error();
  }
  for (const auto& [name, value] : fixed_settings) {
    if (auto done = set(*conf, name, value); !done) return done.error();
  }
  return conf;
}

/// Owned by the message, once it is on its way.
rd_kafka_headers_t* make_headers(const outgoing_event& what, message_body body) {
  const message_headers all = headers_of(what, body);
  rd_kafka_headers_t* const made = rd_kafka_headers_new(all.size());
  for (const auto& [name, value] : all) {
    (void)rd_kafka_header_add(made,
                              name.data(),
                              static_cast<ssize_t>(name.size()),
                              value.data(),
                              static_cast<ssize_t>(value.size()));
  }
  return made;
}

}  // namespace

void producer::destroyer::operator()(rd_kafka_t* what) const noexcept {
  rd_kafka_destroy(what);
}

result<std::unique_ptr<producer>> producer::make(const publisher_options& options) {
  std::unique_ptr<producer> made{new producer{options}};
  if (auto opened = made->open(); !opened) return opened.error();
  return made;
}

result<void> producer::open() {
  auto conf = make_conf(options_);
  if (!conf) return conf.error();
  rd_kafka_conf_set_opaque(conf->get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf->get(), &producer::on_delivery);
  rd_kafka_conf_set_error_cb(conf->get(), &producer::on_error);
  rd_kafka_conf_set_log_cb(conf->get(), &producer::on_log);
  std::array<char, 512> words{};
  handle_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), words.data(), words.size()));
  if (handle_ == nullptr) return bad(words.data());
  // It belongs to the producer now.
  (void)conf->release();
  (void)rd_kafka_set_log_queue(handle_.get(), nullptr);
  return {};
}

producer::~producer() {
  if (handle_ == nullptr) return;
  (void)rd_kafka_purge(handle_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  // Hears of all of them, which then are gone from memory.
  (void)rd_kafka_flush(handle_.get(), 1'000);
}

result<void> producer::send(const outgoing_event& what) {
  const auto [place, added] = deliveries_.try_emplace(what.id);
  if (!added) place->second = {};
  std::string key = what.event.aggregate_type + "/" + what.event.aggregate_id;
  const std::string_view body = body_of(what, options_.body);
  rd_kafka_headers_t* const headers = make_headers(what, options_.body);
  // The library takes a copy, and does not change what it is given.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
  auto* const bytes = const_cast<char*>(body.data());
  rd_kafka_vu_t parts[6]{};
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = options_.topic.c_str();
  parts[1].vtype = RD_KAFKA_VTYPE_KEY;
  parts[1].u.mem = {key.data(), key.size()};
  parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[2].u.mem = {bytes, body.size()};
  parts[3].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[3].u.headers = headers;
  parts[4].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[4].u.i = RD_KAFKA_MSG_F_COPY;
  parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[5].u.ptr = &place->second;
  rd_kafka_error_t* const refused = rd_kafka_produceva(handle_.get(), parts, std::size(parts));
  if (refused == nullptr) return {};
  const error why = translated(rd_kafka_error_code(refused), rd_kafka_error_string(refused));
  rd_kafka_error_destroy(refused);
  rd_kafka_headers_destroy(headers);
  deliveries_.erase(place);
  return why;
}

const delivery* producer::find(const std::string& id) const {
  const auto found = deliveries_.find(id);
  return found != deliveries_.end() ? &found->second : nullptr;
}

bool producer::poll(std::chrono::milliseconds longest) {
  heard_ = false;
  (void)rd_kafka_poll(handle_.get(), static_cast<int>(longest.count()));
  return heard_;
}

std::optional<error> producer::fatal() const {
  std::array<char, 512> words{};
  const auto code = rd_kafka_fatal_error(handle_.get(), words.data(), words.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return std::nullopt;
  return translated(code, words.data());
}

error producer::translated(rd_kafka_resp_err_t code, std::string_view words) {
  const std::string text = "Kafka: " + std::string{words} + " (" + rd_kafka_err2name(code) + ")";
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: return {error::code::too_large, text};
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: return {error::code::overloaded, text};
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return {error::code::not_found, text};
    default: return {error::code::unavailable, text};
  }
}

void producer::on_delivery(rd_kafka_t* /*from*/, const rd_kafka_message_t* message, void* self) {
  auto& what = *static_cast<delivery*>(message->_private);
  what.is_over = true;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    what.why = translated(message->err, rd_kafka_err2str(message->err));
  }
  static_cast<producer*>(self)->heard_ = true;
}

void producer::on_error(rd_kafka_t* /*from*/, int code, const char* words, void* self) {
  auto& me = *static_cast<producer*>(self);
  const auto known = static_cast<rd_kafka_resp_err_t>(code);
  me.options_.log(log_level::warning, "Kafka publisher: " + std::string{words});
  if (known == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) me.absence_ = translated(known, words);
}

void producer::on_log(const rd_kafka_t* from,
                      int level,
                      const char* /*facility*/,
                      const char* words) {
  constexpr int least_of_trouble = 4;  // As of syslog: warning.
  if (level > least_of_trouble) return;
  const auto& me = *static_cast<const producer*>(rd_kafka_opaque(from));
  me.options_.log(log_level::warning, "Kafka publisher: " + std::string{words});
}

}  // namespace cairn::kafka

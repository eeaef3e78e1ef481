#include "cairn/nats/command_gate.hpp"

#include "command_answerer.hpp"
#include "command_consumer.hpp"
#include "command_json.hpp"
#include "command_traffic.hpp"
#include "connection.hpp"

#include "cairn/detail/derived_id.hpp"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

// Two threads of its own: one takes messages, one sends answers and acknowledgements. Outcomes come
// from threads of Cairn, which must not wait for a socket; they leave their answers in the traffic.
//
// With a stream, messages come by a subscription, as they do without: its consumer pushes them to a
// subject that the gates of the group share. An acknowledgement is a message to the reply subject.
// One that is lost makes the message come again, which its command id makes harmless.

namespace cairn::nats {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_up_every{50};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{5'000};
/// How long what has been sent may be on its way out when the gate stops.
constexpr std::chrono::milliseconds flush_timeout{2'000};
/// A consumer from which nothing has come for so long may have been deleted, which nobody tells.
constexpr std::chrono::seconds look_for_consumer_every{5};
/// Messages that are received and not yet looked at.
constexpr int waiting_max = 65'536;
constexpr int waiting_bytes_max = 64 << 20;
/// Who waits for the answer: in a stream, the reply subject of a message is its acknowledgement's.
constexpr const char* reply_header = "Cairn-Reply-To";
constexpr const char* id_header = "Nats-Msg-Id";

std::string header_of(natsMsg& message, const char* name) {
  const char* value = nullptr;
  return natsMsgHeader_Get(&message, name, &value) == NATS_OK ? value : "";
}

result<void> check_redelivery(const command_gate_options& options) {
  const auto bad = [](std::string_view what) {
    return error{error::code::bad_config, "command gate: " + std::string{what}};
  };
  if (options.stream.name.empty()) {
    if (options.stream.create) return bad("a stream that is made needs a name");
    return {};
  }
  if (options.queue_group.find_first_of(".*> \t") != std::string::npos) {
    return bad("a queue_group that names a consumer has no '.', '*', '>' and blanks");
  }
  const redelivery_options& again = options.redelivery;
  if (again.acknowledge_within.count() <= 0) return bad("acknowledge_within must be above 0");
  if (again.pause.count() <= 0) return bad("redelivery.pause must be above 0");
  if (again.pause_max < again.pause) return bad("redelivery.pause_max is below redelivery.pause");
  if (again.attempts_max == 0) return bad("attempts_max must be at least 1");
  return {};
}

result<void> check_options(const command_gate_options& options) {
  const auto bad = [](std::string_view what) {
    return error{error::code::bad_config, "command gate: " + std::string{what}};
  };
  if (options.subject.empty()) return bad("it needs a subject");
  if (options.queue_group.empty()) return bad("it needs a queue_group");
  if (options.commands_in_flight_max == 0) return bad("commands_in_flight_max must be at least 1");
  if (options.message_bytes_max == 0) return bad("message_bytes_max must be at least 1");
  if (options.timeout.count() <= 0) return bad("timeout must be above 0");
  if (options.stop_timeout.count() < 0) return bad("stop_timeout must not be below 0");
  return check_redelivery(options);
}

}  // namespace

class command_gate::body {
 public:
  body(runtime& into, command_gate_options options) : app_(into), options_(std::move(options)) {}
  body(const body&) = delete;
  body& operator=(const body&) = delete;
  ~body() { stop(); }

  void add(std::string name, std::unique_ptr<detail::command_door> door) {
    doors_.insert_or_assign(std::move(name), std::move(door));
  }

  [[nodiscard]] result<void> start() {
    if (auto good = check_options(options_); !good) return good;
    auto made = make_options(options_.connection, when_lost::reconnects);
    if (!made) return made.error();
    connection_options_ = *std::move(made);
    receiver_ = std::thread{[this] {
      receive();
    }};
    answerer_ = std::thread{[this] {
      answers_.run();
    }};
    return {};
  }

  void stop() {
    if (!receiver_.joinable()) return;
    const auto give_up_at = steady::now() + options_.stop_timeout;
    traffic_->stop();
    receiver_.join();
    traffic_->close(give_up_at);
    // Nothing new comes; what is on its way is answered, and its answers are sent.
    answerer_.join();
    if (const auto left = traffic_->status().in_flight; left > 0) {
      log(log_level::warning, std::to_string(left) + " commands are not answered in time");
    }
    if (connection_ != nullptr) {
      (void)natsConnection_FlushTimeout(connection_.get(), flush_timeout.count());
    }
    subscription_lost();
    (void)traffic_->set_connected(false);
  }

  [[nodiscard]] command_gate_status status() const { return traffic_->status(); }

 private:
  [[nodiscard]] bool has_stream() const { return !options_.stream.name.empty(); }

  // The receiver.

  void receive() {
    std::chrono::milliseconds pause = first_pause;
    while (!traffic_->is_stopping()) {
      if (connection_ == nullptr) {
        if (auto listens = listen(); !listens) {
          tell_of_absence(listens.error());
          traffic_->wait_unless_stopping(pause);
          pause = std::min(pause * 2, longest_pause);
          continue;
        }
        pause = first_pause;
      }
      if (!take_one(false)) subscription_lost();
      set_connected(is_connected());
      look_for_consumer();
    }
    if (connection_ != nullptr) give_back();
  }

  /// Those that the server has sent already are told; others go to another gate. A server that is
  /// away has forgotten what it has sent.
  void give_back() {
    const auto until = steady::now() + options_.stop_timeout;
    const auto at_most = std::max<std::int64_t>(options_.stop_timeout.count(), 1);
    if (natsSubscription_DrainTimeout(subscription_.get(), at_most) != NATS_OK) return;
    while (is_connected() && steady::now() < until && take_one(true)) {
      if (natsSubscription_DrainCompletionStatus(subscription_.get()) == NATS_OK) return;
    }
  }

  [[nodiscard]] bool is_connected() const {
    return connection_ != nullptr &&
           natsConnection_Status(connection_.get()) == NATS_CONN_STATUS_CONNECTED;
  }

  [[nodiscard]] result<void> listen() {
    auto made = connect(*connection_options_);
    if (!made) return made.error();
    std::string subject = options_.subject;
    if (has_stream()) {
      auto consumer = find_consumer(**made);
      if (!consumer) return consumer.error();
      answers_.acknowledge_within(consumer->acknowledge_within);
      subject = consumer->subject;
    }
    natsSubscription* subscription = nullptr;
    const natsStatus status = natsConnection_QueueSubscribeSync(
        &subscription, made->get(), subject.c_str(), options_.queue_group.c_str());
    if (status != NATS_OK) {
      return error{error::code::unavailable,
                   "cannot listen to " + subject + ": " + text_of(status)};
    }
    subscription_.reset(subscription);
    listens_to_ = subject;
    newest_sign_ = steady::now();
    (void)natsSubscription_SetPendingLimits(subscription, waiting_max, waiting_bytes_max);
    connection_ = *std::move(made);
    answers_.use(connection_);
    return {};
  }

  [[nodiscard]] result<command_consumer> find_consumer(natsConnection& on) const {
    return ensure_consumer(on,
                           {options_.stream,
                            options_.queue_group,
                            options_.subject,
                            options_.redelivery.acknowledge_within,
                            options_.commands_in_flight_max});
  }

  void look_for_consumer() {
    if (!has_stream() || !is_connected()) return;
    if (steady::now() - newest_sign_ < look_for_consumer_every) return;
    const auto consumer = find_consumer(*connection_);
    newest_sign_ = steady::now();
    if (consumer && consumer->subject == listens_to_) return;
    if (!consumer) tell_of_absence(consumer.error());
    subscription_lost();
  }

  void tell_of_absence(const error& why) {
    if (std::exchange(told_of_absence_, why.detail) == why.detail) return;
    log(log_level::warning, "waits: " + why.detail);
  }

  void subscription_lost() {
    answers_.use(nullptr);
    // The answerer may hold it for a moment longer.
    natsConnection_Close(connection_.get());
    subscription_.reset();
    connection_.reset();
  }

  void set_connected(bool connected) {
    if (traffic_->set_connected(connected) == connected) return;
    told_of_absence_.clear();
    if (connected) {
      log(log_level::info, "listens to " + listens_to_ + " at " + server_of(*connection_));
    } else {
      log(log_level::warning, "has lost its server, and waits for one");
    }
  }

  /// False: there will be no more messages.
  [[nodiscard]] bool take_one(bool refuse) {
    natsMsg* received = nullptr;
    const natsStatus status =
        natsSubscription_NextMsg(&received, subscription_.get(), look_up_every.count());
    const message_owner message{received};
    if (status == NATS_SLOW_CONSUMER) {
      log(log_level::warning, "messages came faster than they could be looked at, and are dropped");
      return true;
    }
    if (status == NATS_TIMEOUT) return true;
    if (status != NATS_OK) return false;
    handle(*received, refuse);
    return true;
  }

  void handle(natsMsg& message, bool refuse) {
    newest_sign_ = steady::now();
    const auto route = route_of(message);
    // A heartbeat, or somebody who knows the consumer's subject: nothing that is in the stream.
    if (has_stream() && !route.from) return;
    traffic_->count(&command_gate_status::received);
    if (refuse) return refuse_one(route);
    auto sent = send(message, route);
    if (sent) return;
    traffic_->count(&command_gate_status::refused);
    answers_.tell(route, detail::answer_of(sent.error()));
  }

  [[nodiscard]] message_route route_of(natsMsg& message) const {
    const char* const reply = natsMsg_GetReply(&message);
    std::string to = reply != nullptr ? reply : "";
    if (!has_stream()) return {std::move(to)};
    return {header_of(message, reply_header), delivery_from(to)};
  }

  void refuse_one(const message_route& route) {
    if (route.from) return answers_.give_back(*route.from);
    traffic_->count(&command_gate_status::refused);
    answers_.tell(route, detail::answer_of({error::code::shutting_down, "the gate is closing"}));
  }

  [[nodiscard]] result<void> send(natsMsg& message, const message_route& route) {
    const auto size = static_cast<std::size_t>(natsMsg_GetDataLength(&message));
    if (size > options_.message_bytes_max) {
      return error{error::code::too_large,
                   "a command of " + std::to_string(size) + " bytes; at most " +
                       std::to_string(options_.message_bytes_max) + " are taken"};
    }
    auto request = parse_request({natsMsg_GetData(&message), size}, options_.timeout);
    if (!request) return request.error();
    const auto door = doors_.find(request->aggregate);
    if (door == doors_.end()) {
      return error{error::code::unknown_name,
                   "no commands are taken for \"" + request->aggregate + "\""};
    }
    if (route.from) give_id(request->options, message, *route.from);
    if (!traffic_->try_enter(route, options_.commands_in_flight_max)) {
      return error{error::code::overloaded,
                   std::to_string(options_.commands_in_flight_max) +
                       " commands are on their way through this gate",
                   0,
                   std::chrono::milliseconds{10}};
    }
    // It may be answered when the gate has given it up.
    auto sent = door->second->send(
        app_, *std::move(request), [traffic = traffic_, route](detail::command_answer answer) {
          traffic->finish({route, std::move(answer)});
        });
    if (!sent) traffic_->leave(route);
    return sent;
  }

  /// A message of a stream comes again: its command must be known by then.
  static void give_id(ask_options& options, natsMsg& message, const delivery& from) {
    if (!options.command_id.empty()) return;
    std::string id = header_of(message, id_header);
    if (id.empty()) id = message_id_of(from);
    options.command_id = cairn::detail::derived_id("nats:", std::move(id), message_id_max_bytes);
  }

  void log(log_level level, const std::string& what) const {
    options_.connection.log(level, "NATS command gate " + options_.connection.name + ": " + what);
  }

  runtime& app_;
  const command_gate_options options_;
  std::map<std::string, std::unique_ptr<detail::command_door>> doors_;
  options_owner connection_options_;

  const std::shared_ptr<command_traffic> traffic_ = std::make_shared<command_traffic>();
  command_answerer answers_{options_, *traffic_};

  // The receiver's; of stop() when that has ended.
  std::shared_ptr<natsConnection> connection_;
  subscription_owner subscription_;
  std::string listens_to_;
  steady::time_point newest_sign_;
  std::string told_of_absence_;

  std::thread receiver_;
  std::thread answerer_;
};

command_gate::command_gate(runtime& into, command_gate_options options)
    : body_(std::make_unique<body>(into, std::move(options))) {}

command_gate::~command_gate() = default;

void command_gate::add(std::string aggregate_type, std::unique_ptr<detail::command_door> door) {
  body_->add(std::move(aggregate_type), std::move(door));
}

result<void> command_gate::start() {
  return body_->start();
}

void command_gate::stop() {
  body_->stop();
}

command_gate_status command_gate::status() const {
  return body_->status();
}

}  // namespace cairn::nats

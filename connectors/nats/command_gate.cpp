#include "cairn/nats/command_gate.hpp"

#include "command_json.hpp"
#include "connection.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

// Two threads of its own: one takes messages, one sends answers. Outcomes come from threads of
// Cairn, which must not wait for a socket; they leave their answers in a queue, which is never
// longer than the number of commands in flight.

namespace cairn::nats {
namespace {

constexpr std::chrono::milliseconds look_up_every{50};
constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{5'000};
/// How long what has been sent may be on its way out when the gate stops.
constexpr std::chrono::milliseconds flush_timeout{2'000};
/// Messages that are received and not yet looked at.
constexpr int waiting_max = 65'536;
constexpr int waiting_bytes_max = 64 << 20;

result<void> check_options(const command_gate_options& options) {
  const auto bad = [](std::string_view what) {
    return error{error::code::bad_config, "command gate: " + std::string{what}};
  };
  if (options.subject.empty()) return bad("it needs a subject");
  if (options.queue_group.empty()) return bad("it needs a queue_group");
  if (options.commands_in_flight_max == 0) return bad("commands_in_flight_max must be at least 1");
  if (options.message_bytes_max == 0) return bad("message_bytes_max must be at least 1");
  if (options.timeout.count() <= 0) return bad("timeout must be above 0");
  return {};
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
      answer();
    }};
    return {};
  }

  void stop() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
      changed_.notify_all();
    }
    if (receiver_.joinable()) receiver_.join();
    {
      const std::lock_guard lock{mutex_};
      received_all_ = true;
      changed_.notify_all();
    }
    // Nothing new comes; what is on its way is answered, and its answers are sent.
    if (answerer_.joinable()) answerer_.join();
    if (connection_ != nullptr) {
      (void)natsConnection_FlushTimeout(connection_.get(), flush_timeout.count());
    }
    subscription_.reset();
    connection_.reset();
  }

  [[nodiscard]] command_gate_status status() const {
    const std::lock_guard lock{mutex_};
    return {connected_, in_flight_, received_, refused_};
  }

 private:
  struct written_answer {
    std::string to;
    std::string text;
  };

  // The receiver.

  void receive() {
    std::chrono::milliseconds pause = first_pause;
    while (!is_stopping()) {
      if (connection_ == nullptr) {
        if (!listen()) {
          wait_unless_stopping(pause);
          pause = std::min(pause * 2, longest_pause);
          continue;
        }
        pause = first_pause;
      }
      if (!take_one(false)) subscription_lost();
      watch_connection();
    }
    if (connection_ == nullptr) return;
    // Those that the server has sent already are told; others go to another gate.
    if (natsSubscription_Drain(subscription_.get()) != NATS_OK) return;
    while (take_one(true)) {
      if (natsSubscription_DrainCompletionStatus(subscription_.get()) == NATS_OK) return;
    }
  }

  [[nodiscard]] bool listen() {
    auto made = connect(*connection_options_);
    if (!made) {
      if (!std::exchange(told_of_absence_, true)) {
        log(log_level::warning, "waits for a server: " + made.error().detail);
      }
      return false;
    }
    natsSubscription* subscription = nullptr;
    const natsStatus status = natsConnection_QueueSubscribeSync(
        &subscription, made->get(), options_.subject.c_str(), options_.queue_group.c_str());
    if (status != NATS_OK) {
      log(log_level::error, "cannot listen to " + options_.subject + ": " + text_of(status));
      return false;
    }
    subscription_.reset(subscription);
    (void)natsSubscription_SetPendingLimits(subscription, waiting_max, waiting_bytes_max);
    const std::lock_guard lock{mutex_};
    connection_ = *std::move(made);
    changed_.notify_all();
    return true;
  }

  void subscription_lost() {
    subscription_.reset();
    const std::lock_guard lock{mutex_};
    connection_.reset();
  }

  void watch_connection() {
    if (connection_ == nullptr) return set_connected(false);
    set_connected(natsConnection_Status(connection_.get()) == NATS_CONN_STATUS_CONNECTED);
  }

  void set_connected(bool connected) {
    {
      const std::lock_guard lock{mutex_};
      if (std::exchange(connected_, connected) == connected) return;
    }
    told_of_absence_ = false;
    if (connected) {
      log(log_level::info, "listens to " + options_.subject + " at " + server_of(*connection_));
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
      log(log_level::warning, "messages came faster than they could be looked at, and are lost");
      return true;
    }
    if (status == NATS_TIMEOUT) return true;
    if (status != NATS_OK) return false;
    handle(*received, refuse);
    return true;
  }

  void handle(natsMsg& message, bool refuse) {
    {
      const std::lock_guard lock{mutex_};
      ++received_;
    }
    const char* const subject = natsMsg_GetReply(&message);
    std::string to = subject != nullptr ? subject : "";
    auto sent = refuse ? result<void>{error{error::code::shutting_down, "the gate is closing"}}
                       : send(message, to);
    if (sent) return;
    {
      const std::lock_guard lock{mutex_};
      ++refused_;
    }
    publish({std::move(to), detail::failed_answer(sent.error())});
  }

  [[nodiscard]] result<void> send(natsMsg& message, const std::string& to) {
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
    if (!enter()) {
      return error{error::code::overloaded,
                   std::to_string(options_.commands_in_flight_max) +
                       " commands are on their way through this gate",
                   0,
                   std::chrono::milliseconds{10}};
    }
    auto sent = door->second->send(app_, *std::move(request), [this, to](std::string text) {
      const std::lock_guard lock{mutex_};
      answers_.push_back({to, std::move(text)});
      changed_.notify_all();
    });
    if (!sent) leave();
    return sent;
  }

  // The answerer.

  void answer() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock,
                    [this] { return !answers_.empty() || (received_all_ && in_flight_ == 0); });
      if (answers_.empty()) return;
      written_answer next = std::move(answers_.front());
      answers_.pop_front();
      lock.unlock();
      publish(next);
      lock.lock();
      --in_flight_;
      changed_.notify_all();
    }
  }

  /// Both threads. An answer that cannot be sent is lost, as a message may be: its sender asks
  /// again.
  void publish(const written_answer& what) {
    if (what.to.empty()) return;
    std::shared_ptr<natsConnection> to;
    {
      const std::lock_guard lock{mutex_};
      to = connection_;
    }
    if (to == nullptr) return;
    const natsStatus status = natsConnection_Publish(
        to.get(), what.to.c_str(), what.text.data(), static_cast<int>(what.text.size()));
    if (status != NATS_OK) log(log_level::warning, "an answer is lost: " + text_of(status));
  }

  [[nodiscard]] bool enter() {
    const std::lock_guard lock{mutex_};
    if (in_flight_ >= options_.commands_in_flight_max) return false;
    ++in_flight_;
    return true;
  }
  void leave() {
    const std::lock_guard lock{mutex_};
    --in_flight_;
    changed_.notify_all();
  }

  [[nodiscard]] bool is_stopping() const {
    const std::lock_guard lock{mutex_};
    return stopping_;
  }
  void wait_unless_stopping(std::chrono::milliseconds pause) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, pause, [this] { return stopping_; });
  }

  void log(log_level level, const std::string& what) const {
    options_.connection.log(level, "NATS command gate " + options_.connection.name + ": " + what);
  }

  runtime& app_;
  const command_gate_options options_;
  std::map<std::string, std::unique_ptr<detail::command_door>> doors_;
  options_owner connection_options_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  /// Changed by the receiver alone.
  std::shared_ptr<natsConnection> connection_;
  std::deque<written_answer> answers_;
  std::uint32_t in_flight_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t refused_ = 0;
  bool connected_ = false;
  bool stopping_ = false;
  bool received_all_ = false;

  // The receiver's.
  subscription_owner subscription_;
  bool told_of_absence_ = false;

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

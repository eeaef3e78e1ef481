#include "cairn/nats/publisher.hpp"

#include "connection.hpp"
#include "stream.hpp"
#include "stream_acks.hpp"
#include "subject_template.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <unordered_set>
#include <utility>
#include <vector>

// Everything is sent and confirmed by the thread that calls publish(): there are no callbacks, and
// a connection that is lost is never mended behind our back. What was sent before the loss would
// be missing, and what waits in the library's buffer would go out behind it.

namespace cairn::nats {
namespace {

using steady = std::chrono::steady_clock;

/// How soon stop() is noticed.
constexpr std::chrono::milliseconds look_up_every{50};

error stopping() {
  return {error::code::shutting_down, "the outbox is stopping"};
}

/// A connection, and where confirmations arrive on it: "<inbox>.<batch>.<number in the batch>".
struct session {
  subscription_owner confirmations;
  std::string inbox;
  /// Last, so that it goes first: see subscription_owner.
  connection_owner connection;
};

/// The events of one publish() on their way. One thread.
class batch {
 public:
  batch(const publisher_options& options,
        const subject_template& subject,
        session& on,
        std::uint64_t number,
        const std::atomic<bool>& stopped,
        std::span<const outgoing_event> events)
      : options_(options),
        subject_(subject),
        on_(on),
        answers_(on.inbox + "." + std::to_string(number) + "."),
        stopped_(stopped),
        events_(events),
        is_confirmed_(events.size()) {}

  [[nodiscard]] publish_report run() {
    newest_word_ = steady::now();
    while (confirmed_ < events_.size()) {
      send_what_may_go();
      // Nothing before the one that failed is on its way any more.
      if (failed_ && confirmed_ == failed_at_) return {confirmed_, failed_};
      if (auto heard = hear(); !heard) return {confirmed_, heard.error()};
    }
    return {confirmed_, {}};
  }

 private:
  void send_what_may_go() {
    while (!failed_ && next_ < events_.size() && in_flight_ < options_.window) {
      if (!may_go(events_[next_].event)) return;
      if (auto sent = send(next_); !sent) return fail(next_, sent.error());
      ++next_;
      ++in_flight_;
    }
  }

  /// Whether nothing of its aggregate is on its way, if that matters.
  [[nodiscard]] bool may_go(const recorded_event& event) {
    if (options_.sole_writer) return true;
    if (in_flight_ == 0) on_their_way_.clear();
    return on_their_way_.insert(event.aggregate_type + '\0' + event.aggregate_id).second;
  }

  [[nodiscard]] result<void> send(std::size_t index) {
    const outgoing_event& what = events_[index];
    const std::string subject = subject_.of(what.event);
    const std::string reply = answers_ + std::to_string(index);
    const std::string_view body = body_of(what, options_.body);
    natsMsg* made = nullptr;
    natsStatus status = natsMsg_Create(
        &made, subject.c_str(), reply.c_str(), body.data(), static_cast<int>(body.size()));
    const message_owner message{made};
    const auto add = [&](const char* name, const std::string& value) {
      if (status == NATS_OK) status = natsMsgHeader_Add(made, name, value.c_str());
    };
    add("Nats-Msg-Id", what.id);
    if (!options_.stream.name.empty()) add("Nats-Expected-Stream", options_.stream.name);
    if (options_.sole_writer && index > 0) add("Nats-Expected-Last-Msg-Id", events_[index - 1].id);
    for (const auto& [name, value] : headers_of(what, options_.body))
      add(name.c_str(), value);
    if (status == NATS_OK) status = natsConnection_PublishMsg(on_.connection.get(), made);
    if (status == NATS_OK) return {};
    if (status == NATS_MAX_PAYLOAD) {
      return error{error::code::too_large,
                   "NATS: the message is larger than the server's max_payload, " +
                       std::to_string(natsConnection_GetMaxPayload(on_.connection.get())) +
                       " bytes"};
    }
    return error{error::code::unavailable, "NATS: " + text_of(status)};
  }

  /// The first event that failed counts; those behind it may have failed because of it.
  void fail(std::size_t index, error why) {
    if (failed_ && failed_at_ < index) return;
    failed_at_ = index;
    failed_ = std::move(why);
  }

  /// Waits for a word about one event.
  [[nodiscard]] result<void> hear() {
    natsMsg* received = nullptr;
    const natsStatus status =
        natsSubscription_NextMsg(&received, on_.confirmations.get(), look_up_every.count());
    const message_owner message{received};
    if (stopped_) return stopping();
    if (status == NATS_OK) {
      take(*received);
      return {};
    }
    if (status == NATS_NO_RESPONDERS) {
      // Whichever it was about: none of them has a stream, or all of them have.
      return error{error::code::not_found,
                   "NATS: no stream takes the subject " + subject_.of(events_[confirmed_].event) +
                       "; make one, or let the publisher make it (stream.create)"};
    }
    if (status != NATS_TIMEOUT) {
      return error{error::code::unavailable, "NATS: " + text_of(status)};
    }
    if (steady::now() - newest_word_ < options_.confirm_timeout) return {};
    return error{error::code::timed_out, "NATS: the stream does not confirm what is sent to it"};
  }

  void take(natsMsg& word) {
    const std::string_view subject = natsMsg_GetSubject(&word);
    // Of a batch before this one, which broke off.
    if (!subject.starts_with(answers_)) return;
    const std::string_view number = subject.substr(answers_.size());
    std::size_t index = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), index);
    if (read.ec != std::errc{} || index >= next_ || is_confirmed_[index]) return;
    newest_word_ = steady::now();
    --in_flight_;
    const auto stored = stored_by_stream(
        {natsMsg_GetData(&word), static_cast<std::size_t>(natsMsg_GetDataLength(&word))});
    if (!stored) return fail(index, stored.error());
    is_confirmed_[index] = true;
    while (confirmed_ < events_.size() && is_confirmed_[confirmed_])
      ++confirmed_;
  }

  const publisher_options& options_;
  const subject_template& subject_;
  session& on_;
  const std::string answers_;
  const std::atomic<bool>& stopped_;
  const std::span<const outgoing_event> events_;

  std::size_t next_ = 0;
  std::size_t in_flight_ = 0;
  /// All before it are confirmed.
  std::size_t confirmed_ = 0;
  std::vector<bool> is_confirmed_;
  std::size_t failed_at_ = 0;
  std::optional<error> failed_;
  steady::time_point newest_word_;
  std::unordered_set<std::string> on_their_way_;
};

class stream_publisher final : public event_publisher {
 public:
  stream_publisher(publisher_options options, subject_template subject, options_owner connection)
      : options_(std::move(options)),
        subject_(std::move(subject)),
        connection_options_(std::move(connection)) {}

  publish_report publish(std::span<const outgoing_event> events) override {
    if (stopped_) return {0, stopping()};
    if (session_ == nullptr) {
      if (auto begun = begin(); !begun) return {0, begun.error()};
    }
    publish_report report =
        batch{options_, subject_, *session_, ++batches_, stopped_, events}.run();
    if (report.why) leave(*report.why);
    return report;
  }

  void stop() noexcept override { stopped_ = true; }

 private:
  [[nodiscard]] result<void> begin() {
    auto connection = connect(*connection_options_);
    if (!connection) return connection.error();
    auto made = std::make_unique<session>();
    made->connection = *std::move(connection);
    auto inbox = make_inbox();
    if (!inbox) return inbox.error();
    made->inbox = *std::move(inbox);
    natsSubscription* subscription = nullptr;
    const natsStatus status = natsConnection_SubscribeSync(
        &subscription, made->connection.get(), (made->inbox + ".*.*").c_str());
    if (status != NATS_OK) return error{error::code::unavailable, "NATS: " + text_of(status)};
    made->confirmations.reset(subscription);
    if (auto found = find_stream(*made->connection); !found) return found;
    session_ = std::move(made);
    log(log_level::info, "connected to " + server_of(*session_->connection));
    return {};
  }

  /// Makes sure that the stream is there, if its name is known.
  [[nodiscard]] result<void> find_stream(natsConnection& connection) {
    if (options_.stream.name.empty()) return {};
    auto context = context_of(connection);
    if (!context) return context.error();
    const std::string pattern = subject_.pattern();
    auto stream = ensure_stream(**context, options_.stream, pattern, js_LimitsPolicy);
    if (!stream) return stream.error();
    if (*stream == found_or_made::made) {
      log(log_level::info, "made the stream " + options_.stream.name + " for " + pattern);
    }
    return {};
  }

  /// What has been sent on this connection and is not confirmed must not arrive behind what is sent
  /// on the next one; and a server that does not answer is to be looked for anew.
  void leave(const error& why) {
    session_.reset();
    const bool is_of_event =
        why.what == error::code::too_large || why.what == error::code::shutting_down;
    if (!is_of_event) log(log_level::warning, "disconnected: " + describe(why));
  }

  void log(log_level level, const std::string& what) const {
    options_.connection.log(level, "NATS publisher " + options_.connection.name + ": " + what);
  }

  const publisher_options options_;
  const subject_template subject_;
  const options_owner connection_options_;
  std::unique_ptr<session> session_;
  std::uint64_t batches_ = 0;
  std::atomic<bool> stopped_{false};
};

}  // namespace

result<std::unique_ptr<event_publisher>> make_publisher(publisher_options options) {
  const auto bad = [](std::string_view what) {
    return error{error::code::bad_config, "NATS publisher: " + std::string{what}};
  };
  if (options.window == 0) return bad("window must be at least 1");
  if (options.confirm_timeout.count() <= 0) return bad("confirm_timeout must be above 0");
  auto subject = subject_template::parse(options.subject);
  if (!subject) return subject.error();
  if (options.stream.create) {
    if (options.stream.name.empty()) return bad("a stream that is made needs a name");
    if (subject->pattern() == ">") {
      return bad("a stream that is made needs a subject that begins with a token of its own");
    }
  }
  auto connection = make_options(options.connection, when_lost::ends);
  if (!connection) return connection.error();
  return std::unique_ptr<event_publisher>{std::make_unique<stream_publisher>(
      std::move(options), *std::move(subject), *std::move(connection))};
}

}  // namespace cairn::nats

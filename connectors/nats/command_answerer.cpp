#include "command_answerer.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <utility>

namespace cairn::nats {
namespace {

using steady = std::chrono::steady_clock;

/// How soon a shorter time to acknowledge within is noticed.
constexpr std::chrono::seconds look_up_every{1};

}  // namespace

command_answerer::command_answerer(const command_gate_options& options, command_traffic& traffic)
    : options_(options), traffic_(traffic) {
  acknowledge_within(options.redelivery.acknowledge_within);
}

void command_answerer::run() {
  finished_command next;
  auto told_of_progress = steady::now();
  for (;;) {
    const auto due = told_of_progress + progress_every_.load();
    switch (traffic_.next(next, std::min(due, steady::now() + look_up_every))) {
      case command_traffic::turn::end: return;
      case command_traffic::turn::answer:
        // First room, then the word: a stream may send the next message as soon as it hears that
        // this one is done, and must not find the gate full.
        traffic_.leave(next.route);
        tell(next.route, next.answer);
        break;
      case command_traffic::turn::pause_over: break;
    }
    if (steady::now() < due) continue;
    told_of_progress = steady::now();
    for (const std::string& one : traffic_.unacknowledged())
      publish(one, in_progress);
  }
}

void command_answerer::tell(const message_route& to, const detail::command_answer& what) {
  if (!to.from) return publish(to.answer_to, what.text);
  if (what.failure && is_tried_again(*what.failure, *to.from)) {
    traffic_.count(&command_gate_status::retried);
    return publish(to.from->acknowledge_to, again_after(pause_for(*what.failure, *to.from)));
  }
  publish(to.answer_to, what.text);
  if (!what.failure) return publish(to.from->acknowledge_to, acknowledged);
  traffic_.count(&command_gate_status::terminated);
  log("gives up message " + std::to_string(to.from->number_in_stream) + " of " + to.from->stream +
      ": " + describe(*what.failure));
  publish(to.from->acknowledge_to, terminated);
}

void command_answerer::give_back(const delivery& what) {
  traffic_.count(&command_gate_status::retried);
  publish(what.acknowledge_to, again_after({}));
}

/// Who says when there may be room again is believed: pauses that grow would keep a command waiting
/// that has lost the race for room to others a few times.
std::chrono::nanoseconds command_answerer::pause_for(const error& why, const delivery& from) const {
  if (why.retry_after.count() > 0) return why.retry_after;
  return pause_behind(from.attempt, options_.redelivery.pause, options_.redelivery.pause_max);
}

bool command_answerer::is_tried_again(const error& why, const delivery& from) const {
  switch (retry_of(why.what)) {
    case retry::always: return true;
    case retry::some_times: return from.attempt < options_.redelivery.attempts_max;
    case retry::never: return false;
  }
  CAIRN_UNREACHABLE();
}

void command_answerer::use(std::shared_ptr<natsConnection> connection) {
  const std::lock_guard lock{mutex_};
  connection_ = std::move(connection);
}

void command_answerer::acknowledge_within(std::chrono::nanoseconds time) {
  progress_every_ = std::chrono::ceil<std::chrono::milliseconds>(
      std::max<std::chrono::nanoseconds>(time / 3, std::chrono::milliseconds{1}));
}

/// What cannot be sent is lost, as a message may be: its sender asks again, or its stream sends it
/// again.
void command_answerer::publish(const std::string& to, std::string_view text) {
  if (to.empty()) return;
  std::shared_ptr<natsConnection> on;
  {
    const std::lock_guard lock{mutex_};
    on = connection_;
  }
  if (on == nullptr) return;
  const natsStatus status =
      natsConnection_Publish(on.get(), to.c_str(), text.data(), static_cast<int>(text.size()));
  if (status != NATS_OK) log("an answer is lost: " + text_of(status));
}

void command_answerer::log(const std::string& what) const {
  options_.connection.log(log_level::warning,
                          "NATS command gate " + options_.connection.name + ": " + what);
}

}  // namespace cairn::nats

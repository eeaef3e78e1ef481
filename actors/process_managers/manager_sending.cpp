#include "process_managers/manager_runner.hpp"

#include <utility>
#include <vector>

namespace cairn::actors {
namespace {

/// Commands that are read from the tables before they are sent.
constexpr std::size_t read_at_once = 1'000;

std::unique_ptr<detail::command_message::message_ids> ids_of(const command_row& row) {
  return std::make_unique<detail::command_message::message_ids>(
      detail::command_message::message_ids{
          row.correlation_id, row.causation_id, row.principal, {}, {}});
}

}  // namespace

void manager_runner::send_ready() {
  const time_point now = time_.steady();
  if (window_.in_flight() >= settings_.user.commands_in_flight_max) return;
  auto next = window_.next(now);
  if (!next) return;
  const auto reader = view_->read();
  if (!reader) {
    window_.again(next->instance, now);
    return on_storage_failure(reader.error());
  }
  std::vector<std::pair<outbox_window::place, command_row>> chosen;
  detail::table_store& store = (*reader)->tables();
  steps_.begin(store);
  for (; next; next = window_.next(now)) {
    auto row = steps_.tables().commands.get({next->instance, next->number});
    const auto wait = row ? row->not_before - time_.now() : std::chrono::nanoseconds::zero();
    if (store.failed() || wait.count() > 0) {
      window_.again(next->instance, now + wait);
    } else if (!row) {
      // Taken back by a later step.
      window_.done(next->instance);
      continue;
    } else {
      chosen.emplace_back(*std::move(next), *std::move(row));
    }
    if (store.failed() || chosen.size() >= read_at_once) break;
    if (window_.in_flight() >= settings_.user.commands_in_flight_max) break;
  }
  steps_.end();
  if (store.failed()) on_storage_failure(*store.failure());
  for (const auto& [to, row] : chosen)
    send(to, row);
  in_flight_.store(window_.in_flight());
}

void manager_runner::send(const outbox_window::place& to, const command_row& row) {
  const auto answer = [box = box_, to](detail::erased_outcome&& outcome) {
    box->put({.of = to, .outcome = std::move(outcome)});
  };
  const auto fail = [&](error why) {
    detail::erased_outcome outcome;
    outcome.why = std::move(why);
    answer(std::move(outcome));
  };
  const auto target = steps_.target_named(row.target);
  if (!target) {
    return fail({error::code::unknown_name,
                 label() + " does not send commands to " + row.target + " any more"});
  }
  auto message = type_.make_message(*target, as_bytes(row.bytes), answer);
  if (!message) return fail(message.error());
  (*message)->aggregate_id = row.aggregate_id;
  (*message)->command_id = row.command_id;
  (*message)->deadline = time_.steady() + settings_.user.command_timeout;
  (*message)->ids = ids_of(row);
  send_(type_.target_key(*target), message->release());
}

}  // namespace cairn::actors

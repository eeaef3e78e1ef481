#include "cairn/ask.hpp"

#include "cairn/ask_from.hpp"
#include "cairn/ask_on.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cairn::detail {

std::chrono::steady_clock::time_point deadline_after(
    std::chrono::nanoseconds timeout, std::chrono::steady_clock::time_point now) noexcept {
  const auto longest = std::chrono::steady_clock::time_point::max() - now;
  return timeout < longest ? now + timeout : std::chrono::steady_clock::time_point::max();
}

std::unique_ptr<command_message::shown_demand> demand_of(awaited_models&& wait_for) {
  const bool strong = wait_for.all_strong();
  const std::uint64_t ticket = wait_for.ticket();
  return std::make_unique<command_message::shown_demand>(
      command_message::shown_demand{std::move(wait_for).names(), strong, ticket});
}

bool is_conflict(const error* failed) noexcept {
  return failed != nullptr && failed->what == error::code::conflict;
}

void set_options(command_message& into,
                 const aggregate_id& id,
                 ask_options&& options,
                 command_message::steady_time now) {
  into.aggregate_id = id.text();
  into.command_id = options.command_id.text();
  into.expected = options.expected;
  into.deadline = deadline_after(options.timeout, now);
  if (!options.guard.none_of.empty()) {
    into.guard = std::make_unique<command_message::guard_demand>(
        command_message::guard_demand{std::move(options.guard.none_of),
                                      options.guard.after.before(),
                                      options.guard.within_partition});
  }
  if (!options.wait_for.empty()) into.shown = demand_of(std::move(options.wait_for));
  const bool has_ids = !options.correlation_id.empty() || !options.causation_id.empty() ||
                       !options.principal.empty() || !options.tags.empty() ||
                       !options.metadata.empty();
  if (!has_ids) return;
  into.ids = std::make_unique<command_message::message_ids>(
      command_message::message_ids{options.correlation_id.text(),
                                   options.causation_id.text(),
                                   options.principal.text(),
                                   std::move(options.tags),
                                   std::move(options.metadata)});
}

result<void> reading_on::read_on(std::chrono::nanoseconds timeout) {
  if (query_.any_of.empty()) {
    return error{error::code::bad_input, "without a pattern there is nothing to decide on"};
  }
  query_.timeout = timeout;
  for (bool at_end = false; !at_end;) {
    auto page = face_.events(query_);
    if (!page) return page.error();
    at_end = page->at_end;
    query_.from = std::move(page->next);
    std::move(page->events.begin(), page->events.end(), std::back_inserter(seen_));
    if (seen_.size() > ask_on_events_max) {
      return error{error::code::too_large,
                   "a decision would have to be made on more than " +
                       std::to_string(ask_on_events_max) + " events"};
    }
  }
  return {};
}

}  // namespace cairn::detail

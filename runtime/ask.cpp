#include "cairn/ask.hpp"

namespace cairn::detail {

void set_options(command_message& into,
                 aggregate_id id,
                 ask_options options,
                 command_message::steady_time now) {
  into.aggregate_id = id.text();
  into.command_id = options.command_id.text();
  into.expected = options.expected;
  const auto longest = command_message::steady_time::max() - now;
  if (options.timeout < longest) into.deadline = now + options.timeout;
  const bool has_ids = !options.correlation_id.empty() || !options.causation_id.empty() ||
                       !options.principal.empty() || !options.tags.empty();
  if (!has_ids) return;
  into.ids = std::make_unique<command_message::message_ids>(
      command_message::message_ids{options.correlation_id.text(),
                                   options.causation_id.text(),
                                   options.principal.text(),
                                   std::move(options.tags)});
}

}  // namespace cairn::detail

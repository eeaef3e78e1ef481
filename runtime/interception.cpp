#include "interception.hpp"

#include "cairn/detail/typed_aggregate.hpp"

#include <utility>

namespace cairn {

using detail::command_message;
using detail::erased_outcome;

result<void> interception::before(command_message& message) {
  if (all_->empty()) return {};
  message.watcher = this;
  intercepted_command wish = describe(message);
  for (const auto& one : *all_) {
    try {
      if (auto passed = one->before(wish); !passed) return passed;
    } catch (...) {
      return detail::user_code_threw("an interceptor");
    }
  }
  const bool has_ids = !wish.correlation_id.empty() || !wish.causation_id.empty() ||
                       !wish.principal.empty() || !wish.tags.empty() || !wish.metadata.empty();
  message.ids.reset();
  if (!has_ids) return {};
  message.ids = std::make_unique<command_message::message_ids>(
      command_message::message_ids{wish.correlation_id.text(),
                                   wish.causation_id.text(),
                                   wish.principal.text(),
                                   std::move(wish.tags),
                                   std::move(wish.metadata)});
  return {};
}

void interception::ended(const command_message& message, const erased_outcome& outcome) noexcept {
  const intercepted_command wish = describe(message);
  intercepted_outcome known;
  switch (outcome.what) {
    case erased_outcome::kind::accepted: known.accepted = outcome.receipt; break;
    case erased_outcome::kind::rejected: known.rejected = outcome.rejection; break;
    case erased_outcome::kind::failed: known.failed = outcome.why; break;
  }
  for (const auto& one : *all_)
    one->after(wish, known);
}

intercepted_command interception::describe(const command_message& message) const {
  intercepted_command wish{.aggregate_type = aggregate_type_,
                           .aggregate_id = message.aggregate_id,
                           .command_type = message.command_type(),
                           .command_id = message.command_id,
                           .json = [&message] { return message.json(); },
                           .correlation_id = {},
                           .causation_id = {},
                           .principal = {},
                           .tags = {},
                           .metadata = {}};
  if (!message.ids) return wish;
  wish.correlation_id = message.ids->correlation_id;
  wish.causation_id = message.ids->causation_id;
  wish.principal = message.ids->principal;
  wish.tags = message.ids->tags;
  wish.metadata = message.ids->metadata;
  return wish;
}

}  // namespace cairn

#include "body.hpp"
#include "credit.hpp"
#include "event_pages.hpp"

#include <utility>

// What a running runtime reads for its callers: states, histories, events.

namespace cairn {

result<detail::erased_state> runtime::body::state(const void* aggregate_key,
                                                  std::string_view id,
                                                  version up_to,
                                                  timestamp until) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return not_added("this aggregate type");
  if (auto good = check_aggregate_id(id); !good) return good.error();
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  auto found = actors::replay(*entry->type,
                              id,
                              journal_of(*entry, id),
                              store_->snapshots(),
                              {.up_to = up_to, .until = until},
                              parts_.log);
  if (!found) return found.error();
  return detail::erased_state{std::move(found->instance), found->version, found->time};
}

result<std::vector<recorded_event>> runtime::body::history(const void* aggregate_key,
                                                           std::string_view id,
                                                           const history_options& options) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return not_added("this aggregate type");
  if (auto good = check_aggregate_id(id); !good) return good.error();
  if (options.limit == 0) return error{error::code::bad_input, "a history of no events"};
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  persistence::journal& journal = journal_of(*entry, id);
  std::vector<recorded_event> events;
  const auto read =
      journal.read_stream_events({entry->type->name(), id},
                                 {.after = options.after,
                                  .up_to = options.up_to,
                                  .direction = options.direction,
                                  .events_max = options.limit},
                                 [&](const persistence::found_event& found) -> result<bool> {
                                   events.push_back(record(journal.partition(), found));
                                   return true;
                                 });
  if (!read) return read.error();
  return events;
}

result<event_page> runtime::body::events(const event_query& query) const {
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  const auto recorder = [this](partition_id partition, const persistence::found_event& found) {
    return record(partition, found);
  };
  return read_event_page(journals_, query, recorder, nullptr);
}

recorded_event runtime::body::record(partition_id partition,
                                     const persistence::found_event& found) const {
  event_metadata meta;
  found.commit.describe(partition, meta);
  recorded_event made;
  made.position = {partition, found.offset};
  made.version = found.version;
  made.time = meta.time;
  made.aggregate_type = meta.aggregate_type;
  made.aggregate_id = meta.aggregate_id;
  made.event_type = found.event.type;
  made.command_id = meta.command_id;
  made.correlation_id = meta.correlation_id;
  made.causation_id = meta.causation_id;
  made.principal = meta.principal;
  made.tags.assign(meta.tags.begin(), meta.tags.end());
  made.schema_version = found.event.schema_version;
  const auto type = types_by_name_.find(meta.aggregate_type);
  result<std::string> json =
      type != types_by_name_.end()
          ? type->second->event_json(found.event.type, found.event.payload)
          : error{error::code::unknown_name, std::string{meta.aggregate_type}};
  made.json = json ? *std::move(json) : "null";
  return made;
}

}  // namespace cairn

#include "cairn/detail/event_reader.hpp"

#include <utility>

namespace cairn::detail {

void event_reader::add(const aggregate_type& one) {
  types_.emplace(one.name(), &one);
}

result<std::string> event_reader::json(std::string_view aggregate_type,
                                       const raw_event& event) const {
  if (event.codec == event_codec::json) return std::string{as_text(event.payload)};
  const auto found = types_.find(aggregate_type);
  if (found == types_.end()) return std::string{"null"};
  auto made = found->second->event_json(event);
  if (!made && made.error().what == error::code::unknown_name) return std::string{"null"};
  return made;
}

recorded_event event_reader::record(const event_metadata& meta,
                                    const raw_event& event,
                                    std::string json) {
  recorded_event made;
  made.position = meta.position;
  made.version = meta.version;
  made.time = meta.time;
  made.aggregate_type = meta.aggregate_type;
  made.aggregate_id = meta.aggregate_id;
  made.event_type = event.type;
  made.command_id = meta.command_id;
  made.correlation_id = meta.correlation_id;
  made.causation_id = meta.causation_id;
  made.principal = meta.principal;
  made.tags.assign(meta.tags.begin(), meta.tags.end());
  made.schema_version = event.schema_version;
  made.json = std::move(json);
  made.metadata.assign(meta.metadata.begin(), meta.metadata.end());
  made.codec = event.codec;
  made.payload.assign(event.payload.begin(), event.payload.end());
  return made;
}

}  // namespace cairn::detail

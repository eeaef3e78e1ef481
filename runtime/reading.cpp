#include "body.hpp"
#include "credit.hpp"
#include "event_pages.hpp"

#include <algorithm>
#include <optional>
#include <utility>

// What a running runtime reads for its callers: states, histories, events.

namespace cairn {

namespace {

detail::erased_state shown(actors::recovered&& found) {
  const bool removed = found.version.value > 0 && found.note.reset_at == found.version.value;
  return {std::move(found.instance), found.version, found.time, removed};
}

error took_too_long(const detail::aggregate_type& type, std::string_view id) {
  return {error::code::timed_out,
          "reading the history of " + std::string{type.name()} + "/" + std::string{id} +
              " took too long"};
}

}  // namespace

result<detail::erased_state> runtime::body::state(const void* aggregate_key,
                                                  std::string_view id,
                                                  version up_to,
                                                  timestamp until,
                                                  std::chrono::steady_clock::time_point deadline) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return not_added("this aggregate type");
  if (auto good = check_aggregate_id(id); !good) return good.error();
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  auto found = actors::replay(
      *entry->type,
      id,
      journal_of(*entry, id),
      store_->snapshots(),
      {.up_to = up_to, .until = until, .deadline = deadline, .time = parts_.time.get()},
      parts_.log);
  if (!found) return found.error();
  if (found->note.tombstoned) return deleted_for_good(*entry, id);
  return shown(*std::move(found));
}

void runtime::body::state_later(const void* aggregate_key,
                                std::string id,
                                std::chrono::steady_clock::time_point deadline,
                                std::function<void(result<detail::erased_state>)> done) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return done(not_added("this aggregate type"));
  if (auto good = check_aggregate_id(id); !good) return done(good.error());
  if (auto entered = admission_.enter_reading(); !entered) return done(entered.error());
  persistence::journal& journal = journal_of(*entry, id);
  recovery_->wake(
      {.type = entry->type.get(),
       .aggregate_id = id,
       .journal = &journal,
       .deadline = deadline,
       .done = [this, entry, id, done = std::move(done)](result<actors::recovered> found) {
         if (!found) {
           done(found.error());
         } else if (found->note.tombstoned) {
           done(deleted_for_good(*entry, id));
         } else {
           done(shown(*std::move(found)));
         }
         admission_.leave_reading();
       }});
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
  const auto wait_until = detail::deadline_after(options.timeout, std::chrono::steady_clock::now());
  const auto facts = journal.facts({entry->type->name(), id}, wait_until);
  if (!facts) return facts.error();
  if (facts->note.tombstoned) return deleted_for_good(*entry, id);
  const auto hidden =
      journal.hidden_before({entry->type->name(), id}, *facts, entry->shown, parts_.time->now());
  if (!hidden) return hidden.error();
  const auto deadline = detail::deadline_after(options.timeout, steady_now());
  std::vector<recorded_event> events;
  const auto read =
      journal.read_stream_events({entry->type->name(), id},
                                 {.after = std::max(options.after, *hidden),
                                  .up_to = options.up_to,
                                  .direction = options.direction,
                                  .events_max = options.limit,
                                  .deadline = wait_until},
                                 [&](const persistence::found_event& found) -> result<bool> {
                                   if (steady_now() > deadline)
                                     return took_too_long(*entry->type, id);
                                   events.push_back(record(journal.partition(), found));
                                   return true;
                                 });
  if (!read) return read.error();
  return events;
}

result<versioned_metadata> runtime::body::metadata(const void* aggregate_key, std::string_view id) {
  const aggregate_entry* entry = find(aggregate_key);
  if (entry == nullptr) return not_added("this aggregate type");
  if (auto good = check_aggregate_id(id); !good) return good.error();
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  const auto facts = journal_of(*entry, id).facts({entry->type->name(), id});
  if (!facts) return facts.error();
  if (facts->note.tombstoned) return deleted_for_good(*entry, id);
  return facts->note.metadata ? *facts->note.metadata : versioned_metadata{};
}

result<event_page> runtime::body::events(const event_query& query) const {
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  const auto recorder = [this](partition_id partition, const persistence::found_event& found) {
    return record(partition, found);
  };
  const auto deadline = detail::deadline_after(query.timeout, std::chrono::steady_clock::now());
  // A note has no event, so the reading itself would not wait for it.
  for (persistence::journal* journal : journals_) {
    if (auto ready = journal->wait_for_index(deadline); !ready) return ready.error();
  }
  // By stream, up to which version its events are hidden.
  std::unordered_map<std::string, version> hidden;
  std::optional<error> trouble;
  std::string key;
  const auto visible = [&](const persistence::commit_view& commit, version at) {
    const persistence::stream_name stream{commit.aggregate_type(), commit.aggregate_id()};
    persistence::journal& journal = *journals_[partition_of(stream, persistence::hash_of(stream))];
    const auto entry = entries_by_name_.find(stream.type);
    const retention of_type = entry != entries_by_name_.end() ? entry->second->shown : retention{};
    if (of_type == retention{} && !journal.index().has_notes()) return true;
    persistence::make_stream_key(key, stream);
    auto known = hidden.find(key);
    if (known == hidden.end()) {
      const auto found = hidden_up_to(journal, stream, of_type, deadline);
      if (!found) {
        // What cannot be looked up is rather not shown.
        trouble = found.error();
        return false;
      }
      known = hidden.emplace(key, *found).first;
    }
    return at > known->second;
  };
  auto page = read_event_page(journals_, query, deadline, recorder, visible);
  if (page && trouble) return *trouble;
  return page;
}

result<version> runtime::body::hidden_up_to(persistence::journal& journal,
                                            persistence::stream_name stream,
                                            const retention& of_type,
                                            persistence::journal::time_point deadline) const {
  const auto facts = journal.facts(stream, deadline);
  if (!facts) return facts.error();
  return journal.hidden_before(stream, *facts, of_type, parts_.time->now());
}

error runtime::body::deleted_for_good(const aggregate_entry& entry, std::string_view id) const {
  return {error::code::deleted,
          std::string{entry.type->name()} + "/" + std::string{id} + " was deleted for good"};
}

recorded_event runtime::body::record(partition_id partition,
                                     const persistence::found_event& found) const {
  event_metadata meta;
  found.commit.describe(partition, meta);
  if (!found.commit.event_tags().empty()) {
    persistence::event_tag_walk walk{found.commit.event_tags()};
    found.commit.describe_tags(walk, found.index(), meta);
  }
  meta.position.offset = found.offset;
  meta.version = found.version;
  auto json = event_reader_.json(meta.aggregate_type, found.event);
  return detail::event_reader::record(
      meta, found.event, json ? *std::move(json) : std::string{"null"});
}

}  // namespace cairn

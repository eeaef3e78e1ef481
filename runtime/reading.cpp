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

/// Which events readers are shown. One read's: each stream is looked up once.
class runtime::body::shown_events {
 public:
  shown_events(const body& of, persistence::journal::time_point deadline)
      : of_(of), deadline_(deadline) {}

  bool shows(const persistence::commit_view& commit, version at) {
    const persistence::stream_name stream{commit.aggregate_type(), commit.aggregate_id()};
    persistence::journal& journal =
        *of_.journals_[of_.partition_of(stream, persistence::hash_of(stream))];
    const auto entry = of_.entries_by_name_.find(stream.type);
    const retention of_type =
        entry != of_.entries_by_name_.end() ? entry->second->shown : retention{};
    if (of_type == retention{} && !journal.index().has_notes()) return true;
    persistence::make_stream_key(key_, stream);
    auto known = hidden_.find(key_);
    if (known == hidden_.end()) {
      const auto found = of_.hidden_up_to(journal, stream, of_type, deadline_);
      if (!found) {
        // What cannot be looked up is rather not shown.
        trouble_ = found.error();
        return false;
      }
      known = hidden_.emplace(key_, *found).first;
    }
    return at > known->second;
  }

  /// Why something could not be looked up.
  [[nodiscard]] const std::optional<error>& trouble() const noexcept { return trouble_; }

 private:
  const body& of_;
  persistence::journal::time_point deadline_;
  /// By stream, up to which version its events are hidden.
  std::unordered_map<std::string, version> hidden_;
  std::optional<error> trouble_;
  std::string key_;
};

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
  shown_events shown{*this, deadline};
  auto page = read_event_page(
      journals_, query, deadline, recorder, [&shown](const auto& commit, version at) {
        return shown.shows(commit, at);
      });
  if (page && shown.trouble()) return *shown.trouble();
  return page;
}

result<recorded_event> runtime::body::event(position at, std::chrono::nanoseconds timeout) const {
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  const std::string place = "the event at offset " + std::to_string(at.offset) + " of partition " +
                            std::to_string(at.partition.value);
  if (at.partition.value >= journals_.size()) {
    return error{error::code::bad_input, place + ": there is no such partition"};
  }
  persistence::journal& journal = *journals_[at.partition.value];
  const error none{error::code::not_found, place + " does not exist, or is hidden"};
  if (at.offset == 0 || at.offset > journal.durable_offset()) return none;
  const auto deadline = detail::deadline_after(timeout, std::chrono::steady_clock::now());
  if (auto ready = journal.wait_for_index(deadline); !ready) return ready.error();
  shown_events shown{*this, deadline};
  std::optional<recorded_event> event;
  const auto read = journal.read_events(
      {.from = at.offset,
       .up_to = at.offset,
       .visible = [&shown](const auto& commit, version of) { return shown.shows(commit, of); },
       .deadline = deadline},
      [&](const persistence::found_event& found) -> result<bool> {
        event = record(at.partition, found);
        return false;
      });
  if (!read) return read.error();
  if (shown.trouble()) return *shown.trouble();
  if (!event) return none;
  return *std::move(event);
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

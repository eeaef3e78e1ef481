#include "body.hpp"

#include "cairn/actors/stream_wish.hpp"
#include "cairn/codec.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

// Retention and removal: what is changed beside a stream's events.

namespace cairn {
namespace {

using detail::erased_outcome;
using detail::stream_change;
using persistence::stream_note;

result<stream_note> truncated(stream_note note, version first_shown, version head) {
  if (first_shown.value > head.value + 1) {
    return error{error::code::bad_input,
                 "there is no version " + std::to_string(first_shown.value) +
                     " to begin with, the newest is " + std::to_string(head.value)};
  }
  const std::uint64_t hidden = first_shown.value > 0 ? first_shown.value - 1 : 0;
  note.hidden_up_to = std::max(note.hidden_up_to, hidden);
  return note;
}

result<stream_note> retained(stream_note note, const retention& shown) {
  const bool absurd =
      (shown.count_max && *shown.count_max == 0) || (shown.age_max && shown.age_max->count() <= 0);
  if (absurd) {
    return error{error::code::bad_input,
                 "a retention needs a count of 1 or more and an age above 0"};
  }
  note.count_max = shown.count_max;
  note.age_max = shown.age_max;
  return note;
}

result<stream_note> removed(stream_note note, version head) {
  if (head.value == 0 || note.reset_at == head.value) {
    return error{error::code::not_found, "there is nothing to remove"};
  }
  note.hidden_up_to = note.reset_at = head.value;
  return note;
}

stream_note tombstoned(stream_note note, version head) {
  note.hidden_up_to = note.reset_at = head.value;
  note.tombstoned = true;
  // Nobody will ever be shown it again.
  note.metadata = nullptr;
  return note;
}

result<stream_note> described(stream_note note, const stream_change& change) {
  const version now = note.metadata ? note.metadata->version : version{};
  if (!change.expected_metadata.met_by(now, false)) {
    return error{error::code::conflict,
                 "expected " + change.expected_metadata.describe() +
                     " of the metadata, it has version " + std::to_string(now.value),
                 now.value};
  }
  note.metadata = std::make_shared<const versioned_metadata>(
      versioned_metadata{change.metadata, {now.value + 1}});
  return note;
}

/// What interceptors see of it.
struct shown_metadata {
  const stream_metadata* what = nullptr;

  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) {
    std::map<std::string, std::string> custom{what->custom.begin(), what->custom.end()};
    access_list access = what->access;
    fields(ar,
           field("custom", custom),
           field("readers", access.readers),
           field("writers", access.writers),
           field("removers", access.removers),
           field("metadata_readers", access.metadata_readers),
           field("metadata_writers", access.metadata_writers));
  }
};

class change_message final : public actors::stream_wish {
 public:
  change_message(stream_change what, std::function<void(erased_outcome&&)> done)
      : what_(std::move(what)), done_(std::move(done)) {}

  result<stream_note> decide(const stream_note& now, version head) const override {
    switch (what_.what) {
      case stream_change::kind::truncate: return truncated(now, what_.first_shown, head);
      case stream_change::kind::retain: return retained(now, what_.shown);
      case stream_change::kind::remove: return removed(now, head);
      case stream_change::kind::tombstone: return tombstoned(now, head);
      case stream_change::kind::describe: return described(now, what_);
    }
    CAIRN_UNREACHABLE();
  }

  std::string_view command_type() const noexcept override {
    switch (what_.what) {
      case stream_change::kind::truncate: return "cairn.truncate";
      case stream_change::kind::retain: return "cairn.retain";
      case stream_change::kind::remove: return "cairn.remove";
      case stream_change::kind::tombstone: return "cairn.tombstone";
      case stream_change::kind::describe: return "cairn.set_metadata";
    }
    CAIRN_UNREACHABLE();
  }

  std::string json() const override {
    if (what_.what == stream_change::kind::describe)
      return to_json(shown_metadata{&what_.metadata});
    if (what_.what != stream_change::kind::truncate) return "{}";
    return "{\"first_shown\":" + std::to_string(what_.first_shown.value) + "}";
  }

 private:
  void answer(erased_outcome&& outcome) noexcept override { done_(std::move(outcome)); }

  stream_change what_;
  std::function<void(erased_outcome&&)> done_;
};

/// Snapshots are not erased either then, and pile up.
void tell_not_hidden(const log_sink& log, const std::string& aggregate, const error& why) {
  // These are not news: it goes on behind the next snapshot, or is not needed any more.
  if (why.what == error::code::shutting_down || why.what == error::code::deleted) return;
  log(log_level::warning,
      "events of " + aggregate + " were not hidden, so no snapshots were erased: " + describe(why));
}

}  // namespace

void runtime::body::change_stream(const void* aggregate_key,
                                  const aggregate_id& id,
                                  detail::stream_change what,
                                  ask_options options,
                                  std::function<void(erased_outcome&&)> done) {
  const bool describes = what.what == stream_change::kind::describe;
  const auto good = describes ? check_metadata(what.metadata, metadata_limits_of(parts_.settings))
                              : result<void>{};
  auto message = std::make_unique<change_message>(std::move(what), std::move(done));
  // It has no events to be shown.
  options.wait_for = {};
  detail::set_options(*message, id, std::move(options), steady_now());
  if (!good) return message.release()->failed(good.error());
  send(aggregate_key, message.release());
}

/// The snapshot is stored: what it makes superfluous goes, events first.
void runtime::body::hide_behind(const persistence::snapshot_store::item& stored) {
  for (const auto& [key, entry] : aggregates_) {
    if (entry.type->name() != stored.type) continue;
    change_stream(key,
                  stored.id,
                  {stream_change::kind::truncate, {stored.hide_up_to->value + 1}, {}},
                  {},
                  [this, type = stored.type, id = stored.id, up_to = *stored.hide_up_to](
                      erased_outcome&& came) {
                    if (came.what != erased_outcome::kind::accepted) {
                      return tell_not_hidden(parts_.log, type + "/" + id, came.why);
                    }
                    // The snapshot at the bound itself is still needed.
                    if (up_to.value < 2) return;
                    snapshot_writer_->erase({type, id, {up_to.value - 1}});
                  });
    return;
  }
}

}  // namespace cairn

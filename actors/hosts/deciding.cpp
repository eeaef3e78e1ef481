#include "hosts/deciding.hpp"

#include "cairn/detail/codec_traits.hpp"

#include <exception>
#include <utility>

namespace cairn::actors {
namespace {

error too_large(std::string_view what, std::uint64_t is, std::uint64_t limit) {
  return {
      error::code::too_large,
      std::string{what} + ": " + std::to_string(is) + ", the limit is " + std::to_string(limit)};
}

}  // namespace

persistence::commit_head head_of(const detail::command_message& wish,
                                 persistence::name_number type,
                                 std::string_view aggregate_id,
                                 version base,
                                 timestamp now) {
  persistence::commit_head head;
  head.aggregate_type = type;
  head.aggregate_id = aggregate_id;
  head.base = base;
  head.time = now;
  head.command_id = wish.command_id;
  if (!wish.ids) return head;
  head.correlation_id = wish.ids->correlation_id;
  head.causation_id = wish.ids->causation_id;
  head.principal = wish.ids->principal;
  head.tags = wish.ids->tags;
  head.metadata = &wish.ids->metadata;
  return head;
}

context context_of(const persistence::commit_head& head, std::string_view command_id) {
  return {.now = head.time,
          .version = head.base,
          .aggregate_id = head.aggregate_id,
          .command_id = command_id,
          .correlation_id = head.correlation_id,
          .principal = head.principal};
}

std::optional<error> exceeds_limits(const persistence::burst& open,
                                    const host_options& limits,
                                    std::uint64_t commit_bytes) {
  if (open.events_so_far() > limits.commit_events_max) {
    return too_large("events of one command", open.events_so_far(), limits.commit_events_max);
  }
  if (open.largest_event() > limits.event_bytes_max) {
    return too_large("bytes of an event", open.largest_event(), limits.event_bytes_max);
  }
  if (open.longest_tag() > message_id_max_bytes) {
    return too_large("bytes of a tag", open.longest_tag(), message_id_max_bytes);
  }
  if (commit_bytes > limits.commit_bytes_max) {
    return too_large("bytes of a commit", commit_bytes, limits.commit_bytes_max);
  }
  return std::nullopt;
}

std::optional<error> exceeds_limits(std::size_t reply_bytes, const host_options& limits) {
  if (reply_bytes <= limits.event_bytes_max) return std::nullopt;
  return too_large("bytes of a reply", reply_bytes, limits.event_bytes_max);
}

version snapshots_to_erase(version newest, const host_options& limits) noexcept {
  const std::uint64_t kept = std::uint64_t{limits.snapshot_every} * limits.snapshots_kept;
  return {newest.value > kept ? newest.value - kept : 0};
}

void tell_no_snapshot(const error& why, std::string_view aggregate, const log_sink* log) {
  if (log == nullptr) return;
  (*log)(log_level::warning, "no snapshot of " + std::string{aggregate} + ": " + describe(why));
}

error thrown_by(std::string_view function, std::string_view aggregate) {
  std::string words{function};
  words.append(" of ").append(aggregate).append(" threw");
  try {
    throw;
  } catch (const detail::not_written& event) {
    return {event.why.what, std::string{aggregate} + ": " + event.why.detail};
  } catch (const nested_too_deep& thrown) {
    return {error::code::too_large, words.append(": ").append(thrown.what())};
  } catch (const std::exception& thrown) {
    words.append(": ").append(thrown.what());
  } catch (...) {
    words.append(" something that is no std::exception");
  }
  return {error::code::user_code_threw, std::move(words)};
}

std::string name_of(std::string_view type, std::string_view id) {
  return std::string{type}.append("/").append(id);
}

error was_deleted(std::string_view aggregate) {
  return {error::code::deleted, std::string{aggregate} + " was deleted for good"};
}

error not_handled(std::string_view aggregate) {
  return {error::code::unhandled,
          std::string{aggregate} + " does not take it in its present state"};
}

error conflicts(std::string_view aggregate, const expectation& with, version actual) {
  return {error::code::conflict,
          "expected " + with.describe() + " of " + std::string{aggregate} + ", it has version " +
              std::to_string(actual.value),
          actual.value};
}

}  // namespace cairn::actors

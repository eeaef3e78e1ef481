#pragma once

#include "cairn/assert.hpp"
#include "cairn/persistence/block.hpp"
#include "cairn/persistence/burst.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Commits and blocks for tests, written down in a line each.

namespace cairn::tests {

/// Number 0 is an aggregate type, its events follow; number 3 another one with one event.
inline const persistence::name_list& bank_names() {
  static const persistence::name_list names{
      "bank.account", "bank.opened", "bank.paid", "shop.cart", "shop.added"};
  return names;
}

inline timestamp at_second(std::int64_t second) {
  return timestamp{std::chrono::seconds{second}};
}

/// What one command is to store.
struct test_commit {
  std::string id = "ann";
  std::uint64_t base = 0;
  /// One payload for each event.
  std::vector<std::string> events{"e"};
  std::string command_id = {};
  std::optional<std::int64_t> rejection = std::nullopt;
  timestamp time = at_second(1);
  std::vector<std::string> tags = {};
  std::string correlation_id = {};
  /// The commit has no event then.
  std::optional<persistence::stream_note> note = std::nullopt;
  /// What a repeat of the command is given.
  std::string reply = {};
  /// With the next one.
  bool linked = false;
  persistence::name_number aggregate_type = 0;
  persistence::name_number event_type = 2;
  metadata_map metadata = {};
  /// For each event, or nothing at all.
  std::vector<std::vector<std::string>> event_tags = {};
};

inline test_commit commit_of(std::vector<std::string> events) {
  test_commit made;
  made.events = std::move(events);
  return made;
}

inline test_commit commit_of(std::size_t events) {
  return commit_of(std::vector<std::string>(events, "e"));
}

/// A command that was rejected: a commit without events.
inline test_commit rejected_commit(std::string command_id = "c") {
  test_commit made;
  made.command_id = std::move(command_id);
  made.rejection = 1;
  return made;
}

/// A commit that notes this of the stream.
inline test_commit note_of(std::string id, const persistence::stream_note& note) {
  test_commit made = commit_of(std::size_t{0});
  made.id = std::move(id);
  made.note = note;
  return made;
}

/// @param reply null: nobody waits
inline void add_commit(persistence::burst& to,
                       const test_commit& what,
                       persistence::commit_reply* reply = nullptr) {
  to.begin_commit({.aggregate_type = what.aggregate_type,
                   .aggregate_id = what.id,
                   .base = {what.base},
                   .time = what.time,
                   .command_id = what.command_id,
                   .correlation_id = what.correlation_id,
                   .causation_id = {},
                   .principal = {},
                   .tags = what.tags,
                   .metadata = &what.metadata,
                   .tags_events = !what.event_tags.empty()},
                  0);
  if (what.rejection) return to.finish_rejection(*what.rejection, reply);
  if (what.note) return to.finish_note(*what.note, reply);
  for (const std::string& payload : what.events) {
    to.begin_event(what.event_type, 3, event_codec::binary).append(std::string_view{payload});
    to.end_event();
  }
  for (const auto& tags : what.event_tags)
    to.tag_event(tags);
  if (!what.reply.empty()) to.add_reply(as_bytes(what.reply));
  to.finish_commit(reply);
  if (what.linked) to.link_with_next();
}

using block_bytes = std::vector<std::byte>;

/// The bytes of the block with these commits that continues `end`; moves `end` behind it.
inline block_bytes make_block(persistence::log_end& end,
                              const std::vector<test_commit>& commits,
                              std::uint64_t epoch = 1) {
  persistence::burst::origin nobody;
  persistence::burst encoded{nobody, 1, 0};
  for (const test_commit& one : commits)
    add_commit(encoded, one);
  persistence::block_builder builder;
  builder.begin(bank_names(), encoded.names_used());
  timestamp not_before = end.time;
  for (const auto& entry : encoded.entries()) {
    not_before = builder.add(encoded.bytes_of(entry), entry.check, entry.event_count, not_before);
  }
  const byte_view bytes = builder.finish(epoch, end);
  return {bytes.begin(), bytes.end()};
}

/// A commit as a test can compare it.
struct seen_commit {
  std::string id;
  std::uint64_t base = 0;
  std::uint64_t first_offset = 0;
  std::vector<std::string> events;

  bool operator==(const seen_commit&) const = default;
};

inline result<seen_commit> look_at(const persistence::commit_view& commit) {
  seen_commit seen{
      std::string{commit.aggregate_id()}, commit.base().value, commit.first_offset(), {}};
  const auto read = commit.each_event([&seen](const persistence::event_view& event) {
    seen.events.emplace_back(as_text(event.payload));
    return result<void>{};
  });
  if (!read) return read.error();
  return seen;
}

}  // namespace cairn::tests

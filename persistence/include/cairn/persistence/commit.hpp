#pragma once

#include "cairn/bytes.hpp"
#include "cairn/ids.hpp"
#include "cairn/persistence/commit_metadata.hpp"
#include "cairn/persistence/stream_note.hpp"
#include "cairn/raw_event.hpp"
#include "cairn/recorded.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// The layout of one commit: written by `burst`, read by `commit_view`. The grammar with every byte
// is in persistence/FORMAT.md; both sides of it live in commit.cpp, so that they cannot drift
// apart.

namespace cairn::persistence {

/// Numbers stand for names within a process; each block says which number means which name.
using name_number = std::uint16_t;

/// How a payload is encoded.
using codec_id = event_codec;

/// What is stored of a command beside its events.
struct commit_head {
  name_number aggregate_type = 0;
  std::string_view aggregate_id;
  /// The aggregate's version before the command.
  version base;
  timestamp time;
  std::string_view command_id;
  std::string_view correlation_id;
  std::string_view causation_id;
  std::string_view principal;
  std::span<const std::string> tags;
  /// Null: none.
  const metadata_map* metadata = nullptr;
  /// Its events may get tags of their own.
  bool tags_events = false;
};

namespace layout {

// Offsets of the fixed fields within a commit.
inline constexpr std::size_t flags_at = 0;
inline constexpr std::size_t aggregate_type_at = 1;
inline constexpr std::size_t time_at = 3;
inline constexpr std::size_t event_count_at = 11;
inline constexpr std::size_t fixed_bytes = 15;

enum commit_flag : std::uint8_t {
  has_command_id = 1,
  has_message_ids = 2,  // correlation, causation, principal, tags
  is_rejection = 4,
  is_note = 8,     // since format 2
  goes_on = 16,    // since format 2: linked with the next commit
  has_reply = 32,  // since format 3
  has_more = 64,   // since format 3: there is a second byte of flags
};

/// The second byte of flags.
enum more_flag : std::uint8_t {
  has_metadata = 1,
  has_event_tags = 2,
};

/// Appends everything of a commit up to its first event; the event count is 0 and is patched later.
/// Where its second byte of flags stands; 0 when it has none.
std::size_t append_head(byte_buffer& out, const commit_head& head);

/// Ends a commit whose events have tags: those of all events, one after the other.
/// @param more_at what append_head returned
void append_event_tags(byte_buffer& out, std::size_t more_at, byte_view tags);

/// Turns the head that starts at `at` into a recorded rejection. @pre it has a command id, and
/// nothing follows it
void append_rejection(byte_buffer& out, std::size_t at, std::int64_t rejection);

/// Turns the head that starts at `at` into a note of its stream. @pre nothing follows it
void append_note(byte_buffer& out, std::size_t at, const stream_note& note);

/// Puts the reply that a repeat of the command is given before the events, which begin at
/// `events_at`, of the commit that starts at `at`. @pre the commit has a command id and is neither
/// a rejection nor a note; the reply is not empty
void insert_reply(byte_buffer& out, std::size_t at, std::size_t events_at, byte_view reply);

/// Makes one atomic commit of the commit that starts at `at` and the next one of the block.
void link_with_next(byte_buffer& out, std::size_t at) noexcept;

/// The 32 bits that tell whether a commit's bytes are those that were written.
[[nodiscard]] std::uint32_t check_of(byte_view commit) noexcept;

}  // namespace layout

/// Maps the numbers of one block to names.
class block_names {
 public:
  void add(name_number number, std::string_view name) { names_.push_back({number, name}); }
  void clear() { names_.clear(); }
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }

  /// Calls `visit(name_number, std::string_view name)` for each.
  template <class Visit> void each(Visit&& visit) const {
    for (const entry& one : names_)
      visit(one.number, one.name);
  }

  /// Nothing for a number that the block does not explain. A block has few names: a short walk.
  [[nodiscard]] const std::string_view* find(name_number number) const noexcept {
    for (const entry& candidate : names_) {
      if (candidate.number == number) return &candidate.name;
    }
    return nullptr;
  }

 private:
  struct entry {
    name_number number;
    std::string_view name;
  };
  std::vector<entry> names_;
};

/// One event of a commit, borrowed from the block.
using event_view = raw_event;

/// One commit as it stands in a block. Borrows from the block; cheap to copy.
class commit_view {
 public:
  /// error::code::corrupt when the bytes are no commit. `check` is compared first.
  [[nodiscard]] static result<commit_view> parse(byte_view commit,
                                                 std::uint32_t check,
                                                 const block_names& names,
                                                 std::uint64_t first_offset);

  [[nodiscard]] std::string_view aggregate_type() const noexcept { return aggregate_type_; }
  /// What stands for it in the block.
  [[nodiscard]] name_number aggregate_type_number() const noexcept {
    return aggregate_type_number_;
  }
  [[nodiscard]] std::string_view aggregate_id() const noexcept { return aggregate_id_; }
  [[nodiscard]] version base() const noexcept { return base_; }
  [[nodiscard]] std::uint32_t event_count() const noexcept { return event_count_; }
  /// The version after the commit.
  [[nodiscard]] version last() const noexcept { return {base_.value + event_count_}; }
  /// Of its first event; where a commit has none, of the next event in the log.
  [[nodiscard]] std::uint64_t first_offset() const noexcept { return first_offset_; }
  /// The newest offset that the commit covers: what a receipt names.
  [[nodiscard]] std::uint64_t last_offset() const noexcept {
    return first_offset_ + event_count_ - 1;
  }
  [[nodiscard]] timestamp time() const noexcept { return time_; }
  [[nodiscard]] std::string_view command_id() const noexcept { return command_id_; }
  /// A command that was sent without one is the root of what it sets in motion: its own id, if it
  /// has one, stands here and as what caused it.
  [[nodiscard]] std::string_view correlation_id() const noexcept {
    return correlation_id_.empty() ? command_id_ : correlation_id_;
  }
  [[nodiscard]] std::string_view causation_id() const noexcept {
    return causation_id_.empty() && correlation_id_.empty() ? command_id_ : causation_id_;
  }
  [[nodiscard]] bool rejected() const noexcept { return rejected_; }
  [[nodiscard]] std::int64_t rejection() const noexcept { return rejection_; }
  /// What a repeat of the command is given beside the receipt, as it was stored; empty: nothing.
  [[nodiscard]] byte_view reply() const noexcept { return reply_; }
  /// What the commit records of the stream as a whole; null when it is not a note. A note has no
  /// events. Valid as long as this view.
  [[nodiscard]] const stream_note* note() const noexcept { return note_ ? &*note_ : nullptr; }
  /// Whether this commit and the next one of the block belong to one atomic commit.
  [[nodiscard]] bool linked() const noexcept { return linked_; }

  /// Calls `visit(const event_view&) -> result<void>` for each event, in order; stops at the first
  /// error. Versions and offsets count up from first_offset() and base() + 1.
  template <class Visit> [[nodiscard]] result<void> each_event(Visit&& visit) const {
    byte_reader in{events_};
    for (std::uint32_t i = 0; i < event_count_; ++i) {
      const auto event = read_event(in);
      if (!event) return event.error();
      if (result<void> done = visit(*event); !done) return done;
    }
    return {};
  }

  /// Calls `visit(name_number)` with what stands for the type of each event, in order. False: an
  /// event is cut short. Cheaper than each_event.
  template <class Visit> [[nodiscard]] bool each_event_type(Visit&& visit) const {
    byte_reader in{events_};
    for (std::uint32_t i = 0; i < event_count_; ++i) {
      const auto type = in.read_little<name_number>();
      (void)in.read_varint();
      (void)in.read_little<std::uint8_t>();
      (void)in.read_bytes(in.read_little<std::uint32_t>());
      if (in.failed()) return false;
      visit(type);
    }
    return true;
  }

  /// Calls `visit(std::string_view tag)` for each tag, in order.
  template <class Visit> void each_tag(Visit&& visit) const {
    if (tags_.empty()) return;
    byte_reader in{tags_};
    const std::uint64_t count = in.read_varint();
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i)
      visit(in.read_text(in.read_little<std::uint8_t>()));
  }

  /// The bytes of the tags that events have of their own; empty when none has any.
  [[nodiscard]] byte_view event_tags() const noexcept { return event_tags_; }
  /// Whether the event at `index` has this tag, of its command or of its own.
  [[nodiscard]] bool says_tag(std::uint32_t index, std::string_view tag) const noexcept;
  /// Replaces `out.tags` by those of the event at `index`: those of the command, and what the event
  /// has beside them.
  void describe_tags(event_tag_walk& walk, std::uint32_t index, event_metadata& out) const;

  /// What is the same for all events of the commit; position, version, type are left to the caller.
  void describe(partition_id partition, event_metadata& out) const;

 private:
  /// Takes the commit's bytes apart; what is wrong with them, or null.
  [[nodiscard]] const char* read(byte_view commit, std::uint32_t check, const block_names& names);
  [[nodiscard]] const char* read_note(byte_reader& in);
  [[nodiscard]] const char* read_reply(byte_reader& in);
  [[nodiscard]] result<event_view> read_event(byte_reader& in) const;
  void read_message_ids(byte_reader& in);

  const block_names* names_ = nullptr;
  std::string_view aggregate_type_;
  std::string_view aggregate_id_;
  version base_;
  timestamp time_;
  std::string_view command_id_;
  /// As stored: empty when the command was sent without one.
  std::string_view correlation_id_;
  std::string_view causation_id_;
  std::string_view principal_;
  byte_view tags_;
  byte_view metadata_;
  byte_view event_tags_;
  byte_view reply_;
  byte_view events_;
  std::uint64_t first_offset_ = 0;
  std::int64_t rejection_ = 0;
  std::uint32_t event_count_ = 0;
  name_number aggregate_type_number_ = 0;
  bool rejected_ = false;
  bool linked_ = false;
  std::optional<stream_note> note_;
};

}  // namespace cairn::persistence

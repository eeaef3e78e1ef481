#include "cairn/persistence/commit.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <xxhash.h>

namespace cairn::persistence {
namespace {

void append_short_text(byte_buffer& out, std::string_view text) {
  CAIRN_ASSERT(text.size() <= message_id_max_bytes);
  out.append_little(static_cast<std::uint8_t>(text.size()));
  out.append(text);
}

std::string_view read_short_text(byte_reader& in) {
  return in.read_text(in.read_little<std::uint8_t>());
}

constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1));
}

bool carries_ids(const commit_head& head) noexcept {
  return !head.correlation_id.empty() || !head.causation_id.empty() || !head.principal.empty() ||
         !head.tags.empty();
}

constexpr unsigned known_flags = layout::has_command_id | layout::has_message_ids |
                                 layout::is_rejection | layout::is_note | layout::goes_on |
                                 layout::has_reply | layout::has_more;
constexpr unsigned known_more = layout::has_metadata | layout::has_event_tags;

error corrupt(std::string_view what, std::uint64_t offset) {
  return {error::code::corrupt,
          "the commit at offset " + std::to_string(offset) + ": " + std::string{what}};
}

}  // namespace

namespace layout {

std::size_t append_head(byte_buffer& out, const commit_head& head) {
  const bool with_ids = carries_ids(head);
  const bool with_metadata = head.metadata != nullptr && !head.metadata->empty();
  const bool with_more = with_metadata || head.tags_events;
  const unsigned flags = (head.command_id.empty() ? 0U : unsigned{has_command_id}) |
                         (with_ids ? unsigned{layout::has_message_ids} : 0U) |
                         (with_more ? unsigned{has_more} : 0U);
  std::byte* fixed = out.extend(fixed_bytes);
  detail::store_little(fixed + flags_at, static_cast<std::uint8_t>(flags));
  detail::store_little(fixed + aggregate_type_at, head.aggregate_type);
  detail::store_little(fixed + time_at, std::int64_t{head.time.time_since_epoch().count()});
  detail::store_little(fixed + event_count_at, std::uint32_t{0});
  out.append_varint(head.aggregate_id.size());
  out.append(head.aggregate_id);
  out.append_varint(head.base.value);
  const std::size_t more_at = with_more ? out.size() : 0;
  if (with_more) out.append_little(static_cast<std::uint8_t>(with_metadata ? has_metadata : 0));
  if (!head.command_id.empty()) append_short_text(out, head.command_id);
  if (with_ids) {
    append_short_text(out, head.correlation_id);
    append_short_text(out, head.causation_id);
    append_short_text(out, head.principal);
    append_tags(out, head.tags);
  }
  if (with_metadata) append_metadata(out, *head.metadata);
  return more_at;
}

void append_event_tags(byte_buffer& out, std::size_t more_at, byte_view tags) {
  CAIRN_ASSERT(more_at != 0 && tags.size() <= UINT32_MAX);
  const auto flags = detail::load_little<std::uint8_t>(out.data() + more_at);
  out.patch_little(more_at, static_cast<std::uint8_t>(flags | has_event_tags));
  out.append(tags);
  out.append_little(static_cast<std::uint32_t>(tags.size()));
}

void append_rejection(byte_buffer& out, std::size_t at, std::int64_t rejection) {
  const auto flags = detail::load_little<std::uint8_t>(out.data() + at + flags_at);
  CAIRN_ASSERT((flags & has_command_id) != 0);
  out.patch_little(at + flags_at, static_cast<std::uint8_t>(flags | is_rejection));
  out.append_varint(zigzag(rejection));
}

void append_note(byte_buffer& out, std::size_t at, const stream_note& note) {
  const auto flags = detail::load_little<std::uint8_t>(out.data() + at + flags_at);
  CAIRN_ASSERT((flags & is_rejection) == 0);
  out.patch_little(at + flags_at, static_cast<std::uint8_t>(flags | is_note));
  append_note(out, note);
}

void insert_reply(byte_buffer& out, std::size_t at, std::size_t events_at, byte_view reply) {
  CAIRN_ASSERT(!reply.empty());
  const auto flags = detail::load_little<std::uint8_t>(out.data() + at + flags_at);
  CAIRN_ASSERT((flags & has_command_id) != 0);
  CAIRN_ASSERT((flags & (is_rejection | is_note | has_reply)) == 0);
  out.patch_little(at + flags_at, static_cast<std::uint8_t>(flags | has_reply));
  const std::size_t end = out.size();
  out.append_varint(reply.size());
  out.append(reply);
  // Events are few, and mostly small: moving them is cheaper than keeping them elsewhere.
  std::rotate(out.data() + events_at, out.data() + end, out.data() + out.size());
}

void link_with_next(byte_buffer& out, std::size_t at) noexcept {
  const auto flags = detail::load_little<std::uint8_t>(out.data() + at + flags_at);
  out.patch_little(at + flags_at, static_cast<std::uint8_t>(flags | goes_on));
}

std::uint32_t check_of(byte_view commit) noexcept {
  return static_cast<std::uint32_t>(XXH3_64bits(commit.data(), commit.size()));
}

}  // namespace layout

// Made in place, since it is large for a value that is returned once for each commit.
result<commit_view> commit_view::parse(byte_view commit,
                                       std::uint32_t check,
                                       const block_names& names,
                                       std::uint64_t first_offset) {
  result<commit_view> made{std::in_place};
  commit_view& view = *made;
  view.first_offset_ = first_offset;
  if (const char* wrong = view.read(commit, check, names)) made = corrupt(wrong, first_offset);
  return made;
}

const char* commit_view::read(byte_view commit, std::uint32_t check, const block_names& names) {
  if (layout::check_of(commit) != check) return "its checksum is wrong";
  byte_reader in{commit};
  names_ = &names;
  const unsigned flags = in.read_little<std::uint8_t>();
  aggregate_type_number_ = in.read_little<name_number>();
  const std::string_view* type = names.find(aggregate_type_number_);
  time_ = timestamp{std::chrono::nanoseconds{in.read_little<std::int64_t>()}};
  event_count_ = in.read_little<std::uint32_t>();
  aggregate_id_ = in.read_text(in.read_varint());
  base_ = {in.read_varint()};
  const unsigned more =
      (flags & layout::has_more) != 0 ? unsigned{in.read_little<std::uint8_t>()} : 0U;
  if ((flags & layout::has_command_id) != 0) command_id_ = read_short_text(in);
  if ((flags & layout::has_message_ids) != 0) read_message_ids(in);
  if ((more & layout::has_metadata) != 0) metadata_ = layout::read_metadata(in);
  rejected_ = (flags & layout::is_rejection) != 0;
  if (rejected_) rejection_ = unzigzag(in.read_varint());
  if (flags >= layout::is_note) {
    linked_ = (flags & layout::goes_on) != 0;
    if ((flags & ~known_flags) != 0 || (more & ~known_more) != 0)
      return "it has flags that have no meaning";
    if ((flags & layout::is_note) != 0) {
      if (const char* wrong = read_note(in)) return wrong;
    }
    if ((flags & layout::has_reply) != 0) {
      if (const char* wrong = read_reply(in)) return wrong;
    }
  }
  events_ = in.read_bytes(in.left());
  if (in.failed()) return "it is cut short";
  if ((more & layout::has_event_tags) != 0 &&
      !layout::split_event_tags(events_, event_tags_, event_count_))
    return "the tags of its events cannot be read";
  if (type == nullptr) return "its aggregate type has no name";
  aggregate_type_ = *type;
  return nullptr;
}

const char* commit_view::read_note(byte_reader& in) {
  note_ = layout::read_note(in);
  if (!note_) return "its note cannot be read";
  if (rejected_) return "it is a rejection and a note";
  if (event_count_ != 0 || in.left() != 0) return "it is a note and has events";
  return nullptr;
}

const char* commit_view::read_reply(byte_reader& in) {
  reply_ = in.read_bytes(in.read_varint());
  if (in.failed() || reply_.empty()) return "its reply cannot be read";
  if (rejected_ || note_) return "it has a reply and is a rejection or a note";
  if (command_id_.empty()) return "it has a reply and no command id";
  return nullptr;
}

void commit_view::read_message_ids(byte_reader& in) {
  correlation_id_ = read_short_text(in);
  causation_id_ = read_short_text(in);
  principal_ = read_short_text(in);
  const byte_reader before = in;
  const std::uint64_t count = in.read_varint();
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i)
    (void)read_short_text(in);
  byte_reader again = before;
  tags_ = again.read_bytes(before.left() - in.left());
}

result<event_view> commit_view::read_event(byte_reader& in) const {
  event_view event;
  const std::string_view* type = names_->find(in.read_little<name_number>());
  const std::uint64_t schema_version = in.read_varint();
  event.codec = static_cast<codec_id>(in.read_little<std::uint8_t>());
  event.payload = in.read_bytes(in.read_little<std::uint32_t>());
  if (in.failed() || schema_version > UINT32_MAX)
    return corrupt("an event is cut short", first_offset_);
  if (type == nullptr) return corrupt("an event's type has no name", first_offset_);
  event.type = *type;
  event.schema_version = static_cast<std::uint32_t>(schema_version);
  return event;
}

void commit_view::describe(partition_id partition, event_metadata& out) const {
  out.position.partition = partition;
  out.time = time_;
  out.aggregate_type = aggregate_type_;
  out.aggregate_id = aggregate_id_;
  out.command_id = command_id_;
  out.correlation_id = correlation_id();
  out.causation_id = causation_id();
  out.principal = principal_;
  out.tags.clear();
  each_tag([&out](std::string_view tag) { out.tags.push_back(tag); });
  out.metadata.clear();
  layout::each_entry(metadata_, [&out](std::string_view key, std::string_view value) {
    out.metadata.emplace_back(key, value);
  });
}

bool commit_view::says_tag(std::uint32_t index, std::string_view tag) const noexcept {
  bool has = false;
  const auto look = [&](std::string_view one) {
    has = has || one == tag;
  };
  each_tag(look);
  if (!has) event_tag_walk{event_tags_}.at(index, look);
  return has;
}

void commit_view::describe_tags(event_tag_walk& walk,
                                std::uint32_t index,
                                event_metadata& out) const {
  out.tags.clear();
  each_tag([&out](std::string_view tag) { out.tags.push_back(tag); });
  walk.at(index, [&out](std::string_view tag) {
    const bool known = std::find(out.tags.begin(), out.tags.end(), tag) != out.tags.end();
    if (!known) out.tags.push_back(tag);
  });
}

}  // namespace cairn::persistence

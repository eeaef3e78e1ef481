#include "cairn/persistence/burst.hpp"

#include "cairn/assert.hpp"

namespace cairn::persistence {

void burst::use_name(name_number number) {
  if (std::find(names_used_.begin(), names_used_.end(), number) == names_used_.end()) {
    names_used_.push_back(number);
  }
}

void burst::begin_commit(const commit_head& head, name_number first_event_name) {
  first_event_name_ = first_event_name;
  events_ = 0;
  largest_event_ = 0;
  start_ = bytes_.size();
  use_name(head.aggregate_type);
  forget_tags();
  more_at_ = layout::append_head(bytes_, head);
  events_at_ = bytes_.size();
}

byte_buffer& burst::begin_event(std::size_t event_type,
                                std::uint32_t schema_version,
                                event_codec codec) {
  const auto number = static_cast<name_number>(first_event_name_ + event_type);
  use_name(number);
  bytes_.append_little(number);
  bytes_.append_varint(schema_version);
  bytes_.append_little(static_cast<std::uint8_t>(codec));
  bytes_.append_little(std::uint32_t{0});
  payload_at_ = bytes_.size();
  return bytes_;
}

void burst::end_event() {
  const std::size_t length = bytes_.size() - payload_at_;
  CAIRN_ASSERT(length <= UINT32_MAX);
  bytes_.patch_little(payload_at_ - sizeof(std::uint32_t), static_cast<std::uint32_t>(length));
  largest_event_ = std::max(largest_event_, length);
  ++events_;
}

void burst::tag_event(std::span<const std::string> tags) {
  CAIRN_ASSERT(more_at_ != 0 && tagged_events_ < events_);
  ++tagged_events_;
  for (const std::string& tag : tags)
    longest_tag_ = std::max(longest_tag_, tag.size());
  // Beyond, the commit is never finished.
  layout::append_tags(tags_, longest_tag_ <= message_id_max_bytes ? tags : tags.first(0));
  has_event_tags_ = has_event_tags_ || !tags.empty();
}

void burst::forget_tags() noexcept {
  tags_.clear();
  tagged_events_ = 0;
  longest_tag_ = 0;
  has_event_tags_ = false;
}

void burst::abandon_commit() noexcept {
  bytes_.truncate(start_);
  events_ = 0;
  forget_tags();
}

void burst::add_reply(byte_view stored) {
  layout::insert_reply(bytes_, start_, events_at_, stored);
}

void burst::finish_commit(commit_reply* reply) {
  if (has_event_tags_) {
    CAIRN_ASSERT(tagged_events_ == events_ && longest_tag_ <= message_id_max_bytes);
    layout::append_event_tags(bytes_, more_at_, tags_.view());
  }
  forget_tags();
  bytes_.patch_little(start_ + layout::event_count_at, events_);
  const byte_view commit = bytes_.view(start_, bytes_.size() - start_);
  CAIRN_ASSERT(bytes_.size() <= UINT32_MAX);
  entries_.push_back({.reply = reply,
                      .start = static_cast<std::uint32_t>(start_),
                      .length = static_cast<std::uint32_t>(commit.size()),
                      .check = layout::check_of(commit),
                      .event_count = events_});
}

void burst::finish_note(const stream_note& note, commit_reply* reply) {
  CAIRN_ASSERT(events_ == 0);
  layout::append_note(bytes_, start_, note);
  finish_commit(reply);
}

void burst::link_with_next() {
  CAIRN_ASSERT(!entries_.empty());
  entry& last = entries_.back();
  CAIRN_ASSERT(last.length != 0);
  layout::link_with_next(bytes_, last.start);
  last.check = layout::check_of(bytes_of(last));
  last.linked = true;
}

void burst::judge(const result<void>& verdict) {
  CAIRN_ASSERT(guard_ != nullptr);
  if (!verdict) broken_ = verdict.error();
  guard_listener_->judged(!broken_);
}

void burst::finish_rejection(std::int64_t rejection, commit_reply* reply) {
  CAIRN_ASSERT(events_ == 0);
  layout::append_rejection(bytes_, start_, rejection);
  finish_commit(reply);
}

}  // namespace cairn::persistence

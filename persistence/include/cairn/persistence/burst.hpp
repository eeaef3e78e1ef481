#pragma once

#include "cairn/detail/commit_reply.hpp"
#include "cairn/detail/erased_aggregate.hpp"
#include "cairn/persistence/append_guard.hpp"
#include "cairn/persistence/commit.hpp"
#include "cairn/persistence/snapshots.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cairn::persistence {

using detail::commit_reply;

/// The names that commits refer to by number. Fixed before the first burst; any thread.
using name_list = std::vector<std::string>;

/// What a host decided in one go: commits, encoded once, and who waits for them. Built by one
/// thread, then handed to the writer.
///
/// A commit is begun, gets its events, and is then finished or abandoned; the bytes of an abandoned
/// one are gone.
class burst final : public detail::event_sink {
 public:
  struct entry {
    commit_reply* reply = nullptr;
    std::uint32_t start = 0;
    /// 0 for a reply that only waits for what is before it.
    std::uint32_t length = 0;
    std::uint32_t check = 0;
    std::uint32_t event_count = 0;
    /// The next entry belongs to the same atomic commit, and hence into the same block.
    bool linked = false;
  };

  /// Tells the host how far its bursts are durable; owned by the host, which outlives the writer.
  struct origin {
    std::atomic<std::uint64_t> durable_up_to{0};
    /// Called by the writer's thread for each burst that is not stored, once the writer's era has
    /// moved on, and before those in the burst hear of it. Must not block. Empty: nobody wants to
    /// know. Set before the first burst is submitted.
    std::function<void()> when_taken_back;
  };

  burst(origin& from, std::uint64_t sequence, std::uint64_t era)
      : from_(&from), sequence_(sequence), era_(era) {}

  /// @param first_event_name number of the aggregate type's event 0; the others follow it
  void begin_commit(const commit_head& head, name_number first_event_name);
  byte_buffer& begin_event(std::size_t event_type,
                           std::uint32_t schema_version,
                           event_codec codec) override;
  void end_event() override;
  /// A tag that is too long is left out, and told by longest_tag(). @pre head.tags_events; called
  /// for each event of the commit or for none, after all of them
  void tag_event(std::span<const std::string> tags) override;
  void abandon_commit() noexcept;

  /// Events of the commit that is being built.
  [[nodiscard]] std::uint32_t events_so_far() const noexcept { return events_; }
  /// Bytes of the commit that is being built.
  [[nodiscard]] std::size_t commit_bytes() const noexcept {
    return bytes_.size() - start_ + tags_.size();
  }
  /// Bytes of the largest event of the commit that is being built.
  [[nodiscard]] std::size_t largest_event() const noexcept { return largest_event_; }

  /// Bytes of the longest tag of its events.
  [[nodiscard]] std::size_t longest_tag() const noexcept { return longest_tag_; }

  /// Stores beside the events of the commit that is being built what a repeat of its command is
  /// given. At most once, behind the last event. @pre the commit has a command id; not empty
  void add_reply(byte_view stored);

  /// @pre `reply` stays valid until it is called
  void finish_commit(commit_reply* reply);
  /// The commit is that the command was rejected. @pre it has a command id and no event
  void finish_rejection(std::int64_t rejection, commit_reply* reply);
  /// The commit is that this is noted of the stream, in place of what was noted before.
  /// @pre it has no event; note.reset_at <= note.hidden_up_to
  void finish_note(const stream_note& note, commit_reply* reply);
  /// Makes one atomic commit of the commit that was finished last and the next one that will be:
  /// both are stored or neither is, in one block. May be repeated for more than two.
  /// @pre the last entry is a commit; another commit follows in this burst
  void link_with_next();
  /// Stores nothing: `reply` is called when all commits so far are durable.
  void wait_for_commits(commit_reply* reply) { entries_.push_back({.reply = reply}); }

  /// To be stored once the commits so far are durable.
  void add_snapshot(snapshot_store::item what) { snapshots_.push_back(std::move(what)); }
  [[nodiscard]] std::vector<snapshot_store::item>& snapshots() noexcept { return snapshots_; }

  /// Nothing of the burst is stored unless this holds when its turn has come; its replies then get
  /// the reason. @pre both stay valid until the last reply is called; no other burst of the same
  /// origin relies on what this one holds before `told` has heard that it holds
  void guard_with(const append_guard& what, guard_listener& told) noexcept {
    guard_ = &what;
    guard_listener_ = &told;
  }
  /// Null: there is none.
  [[nodiscard]] const append_guard* guard() const noexcept { return guard_; }

  /// Called by the writer: tells the listener, and keeps the reason. @pre it has a guard
  void judge(const result<void>& verdict);
  /// Why nothing of it is stored; nothing unless its guard was found broken.
  [[nodiscard]] const std::optional<error>& broken() const noexcept { return broken_; }

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  /// Whether it is more than replies that wait.
  [[nodiscard]] bool has_commits() const noexcept { return bytes_.size() != 0; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::uint64_t sequence() const noexcept { return sequence_; }
  [[nodiscard]] std::uint64_t era() const noexcept { return era_; }
  [[nodiscard]] origin& from() const noexcept { return *from_; }
  [[nodiscard]] std::span<const entry> entries() const noexcept { return entries_; }
  [[nodiscard]] std::span<const name_number> names_used() const noexcept { return names_used_; }
  [[nodiscard]] byte_view bytes_of(const entry& one) const noexcept {
    return bytes_.view(one.start, one.length);
  }

  /// The queue's link.
  burst* next = nullptr;

 private:
  void use_name(name_number number);
  void forget_tags() noexcept;

  origin* from_;
  std::uint64_t sequence_;
  std::uint64_t era_;
  byte_buffer bytes_;
  std::vector<entry> entries_;
  std::vector<name_number> names_used_;
  std::vector<snapshot_store::item> snapshots_;
  const append_guard* guard_ = nullptr;
  guard_listener* guard_listener_ = nullptr;
  std::optional<error> broken_;
  name_number first_event_name_ = 0;
  std::uint32_t events_ = 0;
  std::size_t start_ = 0;
  std::size_t events_at_ = 0;
  std::size_t payload_at_ = 0;
  std::size_t largest_event_ = 0;
  /// Of the commit that is being built: where its second byte of flags is, or 0, and what its
  /// events have for tags, for so many of them.
  std::size_t more_at_ = 0;
  byte_buffer tags_;
  std::uint32_t tagged_events_ = 0;
  bool has_event_tags_ = false;
  std::size_t longest_tag_ = 0;
};

}  // namespace cairn::persistence

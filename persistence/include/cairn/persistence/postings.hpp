#pragma once

#include "cairn/persistence/block.hpp"
#include "cairn/read_direction.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Postings: which events say a word, as lists of their offsets. This is the part in memory; its
// rows on disk are in lmdb/lmdb_postings.hpp.

namespace cairn::persistence {

/// What events can be found by. The numbers stand in the index.
enum class posting_kind : std::uint8_t {
  category = 1,  ///< The aggregate's type.
  event_type = 2,
  tag = 3,
  /// The correlation id; of a command that was sent without one, its own id.
  correlation = 4,
};

/// "tag", "event type" and so on, for messages.
[[nodiscard]] std::string_view to_string(posting_kind kind) noexcept;

/// A word that events say. Borrows the text.
struct posting_key {
  posting_kind kind{};
  std::string_view term;

  bool operator==(const posting_key&) const = default;
};

/// A stretch of a list of offsets.
struct posting_range {
  read_direction direction = read_direction::forwards;
  /// The first offset that counts, in this direction.
  std::uint64_t from = 0;
  /// At most so many offsets.
  std::size_t max = SIZE_MAX;
};

/// Appends to `out` what `range` says of `offsets`, which are in order.
void append_range(std::span<const std::uint64_t> offsets,
                  const posting_range& range,
                  std::vector<std::uint64_t>& out);

/// Tags and correlations: many words that mostly stand at one command each. So adding one is to
/// note it down, and no more: what finds it again is made up for when somebody looks, which is
/// rare. One thread adds; or many look.
class text_postings {
 public:
  /// `events` offsets from `offset` on. @pre they are behind everything that the word has already,
  /// or the same again; the term has at most 255 bytes
  void add(posting_key key, std::uint64_t offset, std::uint32_t events);

  /// Appends to `out`.
  void find(posting_key key, const posting_range& range, std::vector<std::uint64_t>& out) const;

  /// Calls `visit(posting_key, std::vector<std::uint64_t>& offsets)` for each word, sorted by kind
  /// and text, until it returns false; the offsets are the visitor's.
  template <class Visit> void each(Visit&& visit) const {
    const std::vector<std::uint32_t> order = sorted();
    std::vector<std::uint64_t> offsets;
    for (std::size_t at = 0; at < order.size();) {
      const posting_key key = key_of(entries_[order[at]]);
      offsets.clear();
      for (; at < order.size() && key_of(entries_[order[at]]) == key; ++at)
        append_entry(entries_[order[at]], offsets);
      if (!visit(key, offsets)) return;
    }
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  struct entry {
    std::uint64_t offset;
    std::uint64_t text_at;
    std::uint32_t events;
    posting_kind kind;
    std::uint8_t length;
  };
  struct link {
    std::uint32_t hash;
    /// The newest older entry of the same bucket.
    std::uint32_t older;
  };

  [[nodiscard]] posting_key key_of(const entry& one) const noexcept {
    return {one.kind, as_text(texts_.view(one.text_at, one.length))};
  }
  /// Passes over what `out` has already.
  static void append_entry(const entry& one, std::vector<std::uint64_t>& out);
  [[nodiscard]] std::vector<std::uint32_t> sorted() const;
  /// Links what was added since somebody looked last.
  void link_entries() const;
  void put_into_bucket(std::uint32_t at) const;

  std::vector<entry> entries_;
  byte_buffer texts_;
  // Those who look at the same time take turns in linking.
  mutable std::mutex linking_;
  /// One for each of the first entries.
  mutable std::vector<link> links_;
  /// The newest entry of each bucket. Their number is a power of two.
  mutable std::vector<std::uint32_t> buckets_;
};

/// The postings of a stretch of the log. Not thread-safe.
class segment_postings {
 public:
  segment_postings() = default;
  segment_postings(const segment_postings&) = delete;
  segment_postings& operator=(const segment_postings&) = delete;

  /// What the numbers of the next commits mean. @pre to be called for each block
  void begin_block(const block_names& names);
  /// corrupt: an event is cut short, or its type has no name. @pre the commit is of the block of
  /// begin_block()
  [[nodiscard]] result<void> add(const commit_view& commit);

  /// Appends to `out`.
  void find(posting_key key, const posting_range& range, std::vector<std::uint64_t>& out) const;

  /// Calls `visit(posting_key, const std::vector<std::uint64_t>& offsets)` for each word until it
  /// returns false.
  template <class Visit> void each(Visit&& visit) const {
    bool more = true;
    for (const named_list& list : lists_) {
      if (more) more = visit(posting_key{list.kind, list.name}, list.offsets);
    }
    if (more) texts_.each(visit);
  }

 private:
  /// Aggregate types and event types: few words with many offsets each.
  struct named_list {
    posting_kind kind;
    std::string name;
    std::vector<std::uint64_t> offsets;
  };
  /// What a number of the present block stands for. Kept over blocks, since numbers rarely change.
  struct slot {
    std::string name;
    /// In which block it was seen last: a number that the present block does not explain is wrong.
    std::uint64_t block = 0;
    named_list* category = nullptr;
    named_list* event_type = nullptr;
  };

  void add_event_tags(const commit_view& commit);
  [[nodiscard]] named_list* list_of(named_list*& known, posting_kind kind, std::string_view name);
  [[nodiscard]] const named_list* find_list(posting_key key) const noexcept;

  /// A deque, since slots point into it.
  std::deque<named_list> lists_;
  std::vector<slot> slots_;
  std::uint64_t block_ = 0;
  text_postings texts_;
};

}  // namespace cairn::persistence

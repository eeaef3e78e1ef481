#pragma once

#include "cairn/detail/hash_table.hpp"
#include "cairn/persistence/stream_name.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::persistence {

/// Where one commit of a stream stands in the log.
struct commit_place {
  std::uint64_t offset = 0;
  /// The stream's version before it.
  std::uint64_t base = 0;
  std::uint32_t events = 0;

  bool operator==(const commit_place&) const = default;
};

/// Where the commits of many streams stand, each stream's in the order in which they were added.
///
/// Made for adding, which is done for each commit while lookups are few: it touches a small table,
/// the stream's head and the end of an array, and neither a stream nor a place has memory of its
/// own. Not thread-safe.
class place_lists {
 public:
  /// @param hash of the stream, as of hash_of()
  /// @pre fewer than 2^32 - 1 places, and than 2^31 streams
  void add(stream_name stream, std::uint64_t hash, const commit_place& place);

  /// Lets the processor fetch what add() will look at, step by step: each reads what the one before
  /// has fetched, and does no harm when it has not come yet.
  void prefetch_bucket(std::uint64_t hash) const noexcept { by_hash_.prefetch(hash); }
  void prefetch_head(std::uint64_t hash) const noexcept;
  void prefetch_key(std::uint64_t hash) const noexcept;

  /// How many streams have places.
  [[nodiscard]] std::size_t size() const noexcept { return heads_.size(); }

  /// The one added last; nothing when the stream has none.
  /// @param stream_key as make_stream_key() makes it
  [[nodiscard]] std::optional<commit_place> newest(std::string_view stream_key) const;

  /// Appends the stream's places that were added behind the last one that ends at or before version
  /// `after`, in order.
  void append_behind(std::string_view stream_key,
                     std::uint64_t after,
                     std::vector<commit_place>& out) const;

  /// All streams by key, each with its places in order; good until something is added.
  class sorted_rows {
   public:
    struct row {
      std::string_view stream_key;
      std::span<const commit_place> places;
    };
    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    const row& operator[](std::size_t at) const noexcept { return rows_[at]; }

   private:
    friend place_lists;
    std::vector<row> rows_;
    std::vector<commit_place> places_;
  };
  [[nodiscard]] sorted_rows sorted() const;

 private:
  static constexpr std::uint32_t none = UINT32_MAX;

  struct head {
    std::size_t key_at = 0;
    std::uint32_t key_bytes = 0;
    /// In nodes_.
    std::uint32_t newest = none;
    std::uint32_t places = 0;
  };
  struct node {
    std::uint64_t offset = 0;
    std::uint64_t base = 0;
    std::uint32_t events = 0;
    /// In heads_.
    std::uint32_t head = none;
    /// The place of the same stream that was added before; none: it is the first.
    std::uint32_t older = none;

    [[nodiscard]] commit_place place() const noexcept { return {offset, base, events}; }
  };

  [[nodiscard]] std::string_view key_of(const head& one) const noexcept {
    return std::string_view{keys_}.substr(one.key_at, one.key_bytes);
  }
  [[nodiscard]] std::uint32_t find(stream_name stream, std::uint64_t hash) const noexcept;
  [[nodiscard]] std::uint32_t newest_of(std::string_view stream_key) const noexcept;
  [[nodiscard]] std::uint32_t add_stream(stream_name stream, std::uint64_t hash);

  /// Places in heads_.
  detail::hash_table<std::uint32_t, none> by_hash_;
  std::vector<head> heads_;
  std::vector<node> nodes_;
  std::string keys_;
};

}  // namespace cairn::persistence

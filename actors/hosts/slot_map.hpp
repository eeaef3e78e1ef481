#pragma once

#include "hosts/slot.hpp"

#include "cairn/detail/hash_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cairn::actors {

/// The aggregates of a host by their streams. A slot stays where it is until it is erased. One
/// thread.
class slot_map {
 public:
  slot_map() = default;
  slot_map(const slot_map&) = delete;
  slot_map& operator=(const slot_map&) = delete;
  ~slot_map() {
    each([](slot& one) { const std::unique_ptr<slot> owned{&one}; });
  }

  /// Null when it is not there. @param hash of the stream
  [[nodiscard]] slot* find(std::string_view id, std::uint64_t hash) const {
    return by_hash_.find(
        hash, [id, hash](const slot* one) { return one->hash == hash && one->id == id; });
  }

  /// @pre it is not there
  slot& add(std::string id, std::uint64_t hash) {
    auto made = std::make_unique<slot>();
    made->id = std::move(id);
    made->hash = hash;
    by_hash_.add(hash, made.get());
    return *made.release();
  }

  /// @pre it is there
  void erase(slot& one) {
    const std::unique_ptr<slot> owned{&one};
    by_hash_.erase(one.hash, &one);
  }

  /// Calls `visit(slot&)` for each, in no order. Must not add or erase.
  template <class Visit> void each(Visit visit) const {
    by_hash_.each([&visit](slot* one) { visit(*one); });
  }

  [[nodiscard]] std::size_t size() const noexcept { return by_hash_.size(); }
  [[nodiscard]] bool empty() const noexcept { return by_hash_.empty(); }

  /// Lets the processor fetch what a command for this stream will look at, step by step: each reads
  /// what the one before has fetched, and does no harm when it has not come yet.
  void prefetch_bucket(std::uint64_t hash) const noexcept { by_hash_.prefetch(hash); }
  void prefetch_slot(std::uint64_t hash) const noexcept {
    if (const slot* one = by_hash_.likely(hash)) one->prefetch();
  }
  void prefetch_parts(std::uint64_t hash) const noexcept {
    if (const slot* one = by_hash_.likely(hash)) one->prefetch_parts();
  }

 private:
  detail::hash_table<slot*, nullptr> by_hash_;
};

}  // namespace cairn::actors

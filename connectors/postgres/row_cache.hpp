#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace cairn::postgres {

/// Rows as they are stored, those that were used last, up to a number of bytes. It may be trusted
/// as long as nobody else writes. One thread.
class row_cache {
 public:
  /// What is known of a row; nothing in it: there is none.
  using row = std::optional<std::string>;

  explicit row_cache(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Null when nothing is known. Valid until the next put or clear.
  [[nodiscard]] const row* find(std::size_t table, std::string_view key) {
    make_name(table, key);
    const auto found = places_.find(name_);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->value;
  }

  void put(std::size_t table, std::string_view key, row value) {
    if (bytes_max_ == 0) return;
    make_name(table, key);
    const auto found = places_.find(name_);
    if (found != places_.end()) {
      bytes_ -= size_of(*found->second);
      found->second->value = std::move(value);
      entries_.splice(entries_.begin(), entries_, found->second);
    } else {
      entries_.push_front({name_, std::move(value)});
      places_.emplace(entries_.front().name, entries_.begin());
    }
    bytes_ += size_of(entries_.front());
    while (bytes_ > bytes_max_) {
      bytes_ -= size_of(entries_.back());
      places_.erase(entries_.back().name);
      entries_.pop_back();
    }
  }

  void clear() {
    places_.clear();
    entries_.clear();
    bytes_ = 0;
  }

 private:
  struct entry {
    std::string name;
    row value;
  };
  /// Of the list and the map, about.
  static constexpr std::uint64_t overhead = 128;

  [[nodiscard]] static std::uint64_t size_of(const entry& one) {
    return overhead + one.name.size() + (one.value ? one.value->size() : 0);
  }

  void make_name(std::size_t table, std::string_view key) {
    name_.clear();
    name_.append(std::to_string(table)).append(1, ':').append(key);
  }

  const std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  /// The one that was used last comes first.
  std::list<entry> entries_;
  /// The names are those in the entries.
  std::unordered_map<std::string_view, std::list<entry>::iterator> places_;
  std::string name_;
};

}  // namespace cairn::postgres

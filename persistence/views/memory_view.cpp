#include "cairn/assert.hpp"
#include "cairn/detail/fair_shared_mutex.hpp"
#include "cairn/detail/hidden_tables.hpp"
#include "cairn/persistence/views.hpp"

#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

// Readers share a lock on the rows for as long as they live. A batch collects its changes beside
// the rows, where nobody else sees them, and moves them over in its commit.

namespace cairn::persistence {
namespace {

using rows = std::map<std::string, std::string, std::less<>>;
/// Nothing: the row is erased.
using changes = std::map<std::string, std::optional<std::string>, std::less<>>;

struct picture {
  std::vector<rows> tables;
  checkpoint_list checkpoints;
};

/// Rows with changes on top of them, in the order of their keys. `Rows` and `Changes` are
/// iterators, `Before` the order of keys in which they go.
template <class Rows, class Changes, class Before>
class memory_cursor final : public detail::table_store::cursor {
 public:
  memory_cursor(Rows row, Rows rows_end, Changes change, Changes changes_end)
      : row_(row), rows_end_(rows_end), change_(change), changes_end_(changes_end) {}

  bool next(byte_view& key, byte_view& value) override {
    while (row_ != rows_end_ || change_ != changes_end_) {
      const bool from_rows =
          change_ == changes_end_ || (row_ != rows_end_ && Before{}(row_->first, change_->first));
      if (from_rows) {
        give(*row_, row_->second, key, value);
        ++row_;
        return true;
      }
      const auto& changed = *change_++;
      if (row_ != rows_end_ && row_->first == changed.first) ++row_;
      if (!changed.second) continue;
      give(changed, *changed.second, key, value);
      return true;
    }
    return false;
  }

 private:
  template <class Entry>
  static void give(const Entry& entry, const std::string& bytes, byte_view& key, byte_view& value) {
    key = as_bytes(entry.first);
    value = as_bytes(bytes);
  }

  Rows row_;
  Rows rows_end_;
  Changes change_;
  Changes changes_end_;
};

using ascending_cursor = memory_cursor<rows::const_iterator, changes::const_iterator, std::less<>>;
using descending_cursor =
    memory_cursor<rows::const_reverse_iterator, changes::const_reverse_iterator, std::greater<>>;

/// Where a descending walk begins that is to see only keys less than `end`.
template <class Map>
[[nodiscard]] typename Map::const_reverse_iterator last_before(const Map& map,
                                                               std::string_view end) {
  return end.empty() ? map.rbegin() : std::make_reverse_iterator(map.lower_bound(end));
}

class empty_cursor final : public detail::table_store::cursor {
 public:
  bool next(byte_view& /*key*/, byte_view& /*value*/) override { return false; }
};

class memory_tables final : public detail::table_store {
 public:
  memory_tables(const view::options& settings, const picture& below)
      : settings_(settings), below_(below), above_(below.tables.size()) {
    for (const rows& one : below.tables) {
      counts_.push_back(one.size());
    }
  }

  std::optional<byte_view> get(std::size_t table, byte_view key) override {
    if (failed()) return std::nullopt;
    const auto change = above_.at(table).find(as_text(key));
    if (change != above_[table].end()) {
      return change->second ? std::optional{as_bytes(*change->second)} : std::nullopt;
    }
    const auto row = below_.tables[table].find(as_text(key));
    return row != below_.tables[table].end() ? std::optional{as_bytes(row->second)} : std::nullopt;
  }

  void put(std::size_t table, byte_view key, byte_view value) override {
    if (failed()) return;
    if (auto good = check_key(settings_, table, key); !good) return fail(good.error());
    change(table, key, std::string{as_text(value)});
  }

  void erase(std::size_t table, byte_view key) override {
    if (!failed()) change(table, key, std::nullopt);
  }

  std::uint64_t count(std::size_t table) override { return failed() ? 0 : counts_.at(table); }

  std::unique_ptr<cursor> walk(std::size_t table, byte_view first) override {
    if (failed()) return std::make_unique<empty_cursor>();
    const rows& below = below_.tables.at(table);
    const changes& above = above_.at(table);
    return std::make_unique<ascending_cursor>(below.lower_bound(as_text(first)),
                                              below.end(),
                                              above.lower_bound(as_text(first)),
                                              above.end());
  }

  std::unique_ptr<cursor> walk_back(std::size_t table, byte_view end) override {
    if (failed()) return std::make_unique<empty_cursor>();
    const rows& below = below_.tables.at(table);
    const changes& above = above_.at(table);
    return std::make_unique<descending_cursor>(last_before(below, as_text(end)),
                                               below.rend(),
                                               last_before(above, as_text(end)),
                                               above.rend());
  }

  [[nodiscard]] std::vector<changes> take_changes() { return std::move(above_); }

 private:
  void change(std::size_t table, byte_view key, std::optional<std::string> value) {
    const bool was = get(table, key).has_value();
    if (value && !was) ++counts_[table];
    if (!value && was) --counts_[table];
    above_[table].insert_or_assign(std::string{as_text(key)}, std::move(value));
  }

  const view::options& settings_;
  const picture& below_;
  std::vector<changes> above_;
  std::vector<std::uint64_t> counts_;
};

class memory_reader final : public view_reader {
 public:
  memory_reader(const view::options& settings,
                const picture& now,
                std::shared_lock<detail::fair_shared_mutex> lock)
      : lock_(std::move(lock)), now_(now), tables_(settings, now) {}

  detail::table_store& tables() override { return tables_; }
  const checkpoint_list& checkpoints() const noexcept override { return now_.checkpoints; }

 private:
  std::shared_lock<detail::fair_shared_mutex> lock_;
  const picture& now_;
  memory_tables tables_;
};

class memory_view final : public view {
 public:
  explicit memory_view(options settings) : settings_(std::move(settings)), now_(empty()) {}

  result<checkpoint_list> checkpoints() const override {
    const std::shared_lock lock{readers_};
    return now_.checkpoints;
  }

  result<std::unique_ptr<view_batch>> begin() override {
    return std::unique_ptr<view_batch>{std::make_unique<batch>(*this)};
  }

  result<std::unique_ptr<view_reader>> read() const override {
    std::shared_lock lock{readers_};
    return std::unique_ptr<view_reader>{
        std::make_unique<memory_reader>(settings_, now_, std::move(lock))};
  }

  result<void> save_state(byte_view state,
                          std::uint32_t schema_version,
                          const checkpoint_list& reached) override {
    CAIRN_ASSERT(reached.size() == settings_.partitions);
    const std::lock_guard writer{writer_};
    const std::lock_guard lock{readers_};
    saved_ = saved_state{{state.begin(), state.end()}, schema_version, reached};
    return {};
  }

  result<std::optional<saved_state>> load_state() const override {
    const std::shared_lock lock{readers_};
    return saved_;
  }

  result<void> clear() override {
    const std::lock_guard writer{writer_};
    const std::lock_guard lock{readers_};
    picture cleared = empty();
    for (std::size_t i = 0; i < settings_.tables.size(); ++i) {
      if (settings_.tables[i] != detail::control_table) continue;
      cleared.tables[i] = std::move(now_.tables[i]);
    }
    now_ = std::move(cleared);
    saved_.reset();
    return {};
  }

  result<void> remove_older_versions() override { return {}; }

 private:
  class batch final : public view_batch {
   public:
    explicit batch(memory_view& of)
        : of_(of), writer_(of.writer_), tables_(of.settings_, of.now_) {}

    detail::table_store& tables() override { return tables_; }

    result<void> commit(const checkpoint_list& reached) override {
      CAIRN_ASSERT(writer_.owns_lock());
      CAIRN_ASSERT(reached.size() == of_.settings_.partitions);
      const auto failure = tables_.failure();
      if (!failure) of_.store(tables_.take_changes(), reached);
      writer_.unlock();
      return failure ? result<void>{*failure} : result<void>{};
    }

   private:
    memory_view& of_;
    std::unique_lock<std::mutex> writer_;
    memory_tables tables_;
  };

  [[nodiscard]] picture empty() const {
    return {std::vector<rows>(settings_.tables.size()), checkpoint_list(settings_.partitions)};
  }

  void store(std::vector<changes> above, const checkpoint_list& reached) {
    const std::lock_guard lock{readers_};
    for (std::size_t table = 0; table < above.size(); ++table) {
      for (auto& [key, value] : above[table]) {
        if (value) {
          now_.tables[table].insert_or_assign(key, *std::move(value));
        } else {
          now_.tables[table].erase(key);
        }
      }
    }
    now_.checkpoints = reached;
  }

  const options settings_;
  // Held by the batch for as long as it lives. Taken before readers_.
  std::mutex writer_;
  mutable detail::fair_shared_mutex readers_;
  picture now_;
  std::optional<saved_state> saved_;
};

}  // namespace

std::unique_ptr<view> make_memory_view(view::options settings) {
  return std::make_unique<memory_view>(std::move(settings));
}

}  // namespace cairn::persistence

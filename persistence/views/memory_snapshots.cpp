#include "cairn/persistence/snapshots.hpp"

#include <map>
#include <mutex>

namespace cairn::persistence {
namespace {

class memory_snapshots final : public snapshot_store {
 public:
  result<void> store(const std::vector<item>& items) override {
    const std::lock_guard lock{mutex_};
    for (const item& one : items) {
      std::string key;
      make_stream_key(key, {one.type, one.id});
      auto& kept = rows_[key];
      kept.insert_or_assign(one.what.version.value, one.what);
      if (one.erase_up_to && !one.hide_up_to) {
        kept.erase(kept.begin(), kept.upper_bound(one.erase_up_to->value));
      }
    }
    return {};
  }

  result<void> erase(stream_name stream, version after, version up_to) override {
    std::string key;
    make_stream_key(key, stream);
    const std::lock_guard lock{mutex_};
    const auto kept = rows_.find(key);
    if (kept == rows_.end() || up_to <= after) return {};
    kept->second.erase(kept->second.upper_bound(after.value),
                       kept->second.upper_bound(up_to.value));
    return {};
  }

  result<std::vector<snapshot>> find(stream_name stream,
                                     version up_to,
                                     std::size_t most,
                                     std::optional<version>& /*damaged*/) const override {
    std::string key;
    make_stream_key(key, stream);
    std::vector<snapshot> found;
    const std::lock_guard lock{mutex_};
    const auto kept = rows_.find(key);
    if (kept == rows_.end()) return found;
    for (auto row = kept->second.rbegin(); row != kept->second.rend() && found.size() < most;
         ++row) {
      if (row->first <= up_to.value) found.push_back(row->second);
    }
    return found;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::uint64_t, snapshot>> rows_;
};

}  // namespace

std::unique_ptr<snapshot_store> make_memory_snapshots() {
  return std::make_unique<memory_snapshots>();
}

}  // namespace cairn::persistence

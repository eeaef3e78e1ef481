#pragma once

#include "cairn/detail/command_message.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace cairn::actors {

/// What an awake aggregate remembers of the commands with an id that it has seen since it woke.
/// Older ones stand in the journal's index. One thread; costs a pointer until the first id comes.
class recent_commands {
 public:
  using memory = std::shared_ptr<detail::remembered_outcome>;

  /// Null when the id is not remembered here.
  [[nodiscard]] memory find(std::string_view command_id) const {
    if (!seen_) return nullptr;
    const auto found = seen_->by_id.find(std::string{command_id});
    return found != seen_->by_id.end() ? found->second : nullptr;
  }

  /// @param burst the burst that the command's commit goes with
  void add(std::string command_id, memory what, std::uint64_t burst) {
    if (!seen_) seen_ = std::make_unique<content>();
    seen_->order.emplace_back(burst, command_id);
    seen_->by_id.insert_or_assign(std::move(command_id), std::move(what));
  }

  /// Forgets the oldest ones beyond a fixed number, as far as the index knows them.
  /// @param indexed_burst the newest burst whose commits the index has
  /// True when something was forgotten: then the index must be asked from now on.
  bool forget_indexed(std::uint64_t indexed_burst) {
    bool forgotten = false;
    while (seen_ && seen_->order.size() > kept_max && seen_->order.front().first <= indexed_burst) {
      seen_->by_id.erase(seen_->order.front().second);
      seen_->order.pop_front();
      forgotten = true;
    }
    return forgotten;
  }

 private:
  static constexpr std::size_t kept_max = 32;

  struct content {
    std::unordered_map<std::string, memory> by_id;
    std::deque<std::pair<std::uint64_t, std::string>> order;
  };
  std::unique_ptr<content> seen_;
};

}  // namespace cairn::actors

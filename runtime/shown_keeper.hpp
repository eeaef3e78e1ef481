#pragma once

#include "cairn/actors/executor.hpp"
#include "cairn/actors/read_model_runner.hpp"
#include "cairn/clock.hpp"
#include "cairn/detail/command_message.hpp"
#include "cairn/late_model.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cairn {

/// Keeps the answers of accepted commands back until read models show what they did, or until their
/// time is up: then they say which do not. Nobody is blocked meanwhile; read models tell it, and
/// one timer serves all. What is kept is bounded by the commands in flight, since it counts among
/// them.
///
/// Any thread, but for start(), add() and stop().
class shown_keeper final : public detail::answer_keeper {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using answer = std::function<void(detail::late_models)>;

  struct demand {
    /// By the order in which they were added.
    std::vector<std::size_t> models = {};
    time_point deadline = time_point::max();
    /// By which answer_now() finds it; 0: not at all.
    std::uint64_t ticket = 0;
  };

  /// A read model that may be waited for. Before anything is kept. It outlives what is kept here.
  void add(actors::read_model_runner& runner, std::string name) {
    models_.push_back({&runner, std::move(name)});
  }
  /// @pre `on` outlives stop(), `time` this
  void start(actors::executor& on, const clock& time);

  /// Calls `told` once, possibly before this returns: with null once all of these models show `at`.
  /// @pre the demand names a model
  void keep(demand wish, position at, answer told);
  void keep(detail::command_message& wish, detail::erased_outcome&& outcome) noexcept override;

  /// What is kept under the ticket is answered now. False: there is no such thing. True: it has
  /// been answered, maybe by another thread.
  bool answer_now(std::uint64_t ticket);

  /// Everything that is kept is answered now, and so is what comes later.
  void close();
  /// The same, and the timer stops. After that, nothing is kept any more.
  void stop();

 private:
  struct model {
    actors::read_model_runner* runner;
    std::string name;
  };
  struct waiting {
    std::size_t model;
    std::uint64_t ticket = 0;
    bool shown = false;
    std::optional<error> refused = {};
  };
  struct kept {
    position at;
    demand wish;
    answer told;
    std::vector<waiting> on;
    std::size_t open = 0;
    /// All models have been asked: it may go.
    bool asked = false;
  };
  using kept_map = std::map<std::uint64_t, kept>;

  void on_shown(std::uint64_t number, std::size_t which, const std::optional<error>& refused);
  /// Removes it. With the lock held.
  [[nodiscard]] kept take_locked(kept_map::iterator one);
  /// Tells its sender. Without the lock.
  void release(kept&& one, error::code late_because);
  void run();
  void set_timer_locked(time_point now);

  std::vector<model> models_;
  const clock* time_ = nullptr;
  std::shared_ptr<void> clock_moved_;

  std::mutex mutex_;
  std::condition_variable answered_;
  kept_map kept_;
  std::uint64_t last_ = 0;
  std::set<std::pair<time_point, std::uint64_t>> by_deadline_;
  std::map<std::uint64_t, std::uint64_t> by_ticket_;
  /// Taken out, and just being answered.
  std::set<std::uint64_t> answering_;
  actors::executor* runs_on_ = nullptr;
  std::unique_ptr<actors::strand> timer_;
  time_point timer_at_{};
  bool closed_ = false;
};

}  // namespace cairn

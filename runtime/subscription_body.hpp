#pragma once

#include "subscription_hub.hpp"

#include "cairn/subscription.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

/// What `options` mean, without where it begins.
[[nodiscard]] event_query query_of(const subscription_options& options);
/// bad_input.
[[nodiscard]] result<void> check_options(const subscription_options& options);

/// A subscription from the inside: pages of events, one after the other, with the marks between
/// them. next() in the caller's thread, or a strand that calls back.
class subscription::body final : public detail::hub_member {
 public:
  using page_reader = std::function<result<event_page>(const event_query&)>;

  struct parts {
    /// Not called any more once finish() has returned.
    page_reader read;
    event_query query;
    std::vector<std::uint64_t> from;
    std::uint64_t progress_every = 1;
    /// Null: there are threads. Otherwise whoever would wait runs it.
    actors::executor* runs_on = nullptr;
    std::shared_ptr<detail::subscription_hub> hub;
    /// Null: it is asked by next().
    subscription_callback callback;
  };

  explicit body(parts from);

  /// Calls back from now on. Once.
  void call(actors::executor& on);

  [[nodiscard]] subscription_item next(std::chrono::nanoseconds timeout);

  void hint() noexcept override;
  void close(const error& why) noexcept override;
  [[nodiscard]] const std::shared_ptr<detail::subscription_hub>& hub() const noexcept {
    return parts_.hub;
  }

 private:
  /// Whoever is called back hears of the end now, unless he has, or has ended it.
  void finished() override;
  /// The next item, if there is one now. Reads one page at most.
  [[nodiscard]] std::optional<subscription_item> step(std::chrono::nanoseconds index_timeout);
  [[nodiscard]] std::optional<subscription_item> read_page(std::chrono::nanoseconds index_timeout);
  [[nodiscard]] subscription_item take();
  [[nodiscard]] event_cursor here();
  [[nodiscard]] std::optional<error> refusal() const;
  void wait_for_hint(std::uint64_t seen, std::chrono::steady_clock::time_point until);
  void run();
  void call_back(const subscription_item& item);

  const parts parts_;
  /// Held while the journal is read.
  std::mutex reading_;
  std::vector<std::uint64_t> cursor_;
  std::vector<std::uint64_t> page_end_;
  std::deque<recorded_event> buffer_;
  /// The page that was read last ends the journal, as it was then.
  bool at_end_ = false;
  bool live_ = false;
  /// The journal may have more, without any hint.
  bool more_ = true;
  /// Passed over since the last cursor that was shown.
  std::uint64_t unreported_ = 0;

  std::atomic<std::uint64_t> hints_{0};
  std::atomic<bool> waits_{false};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<error> why_ended_;

  // Strand.
  bool told_end_ = false;
  std::chrono::steady_clock::time_point look_at_{};
};

}  // namespace cairn

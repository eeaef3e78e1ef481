#include "subscription_hub.hpp"

#include "cairn/actors/named_feed.hpp"
#include "cairn/detail/guarded.hpp"
#include "cairn/named_subscription.hpp"

#include <utility>

// Those who share the events of a named subscription.

namespace cairn {
namespace {

constexpr std::chrono::seconds retry_after_throw{1};

result<std::optional<delivery>> next_of(const std::shared_ptr<actors::named_feed>& feed,
                                        std::uint64_t who,
                                        std::chrono::nanoseconds timeout) {
  auto found = feed->next(who, timeout);
  if (!found) return found.error();
  if (!found->has_value()) return std::optional<delivery>{};
  const auto& [which, event, attempt] = **found;
  return std::optional{delivery{feed, {which.entry, which.delivery}, event, attempt}};
}

}  // namespace

/// Calls back for a consumer.
class consumer::caller final : public detail::hub_member {
 public:
  caller(std::shared_ptr<actors::named_feed> of,
         std::shared_ptr<detail::subscription_hub> hub,
         std::function<void(delivery)> callback)
      : of_(std::move(of)), hub_(std::move(hub)), callback_(std::move(callback)) {}

  void start(std::uint64_t who, actors::executor& on) {
    who_ = who;
    attach(on, "consumer", [this] { run(); });
  }
  /// There may be something for it.
  void notify() noexcept { wake(); }
  void close(const error& /*why*/) noexcept override {}
  [[nodiscard]] detail::subscription_hub& hub() const noexcept { return *hub_; }

 private:
  void run() {
    auto found = next_of(of_, who_, {});
    // When it has left, or the subscription has ended, there will be nothing more.
    if (!found || !found->has_value()) return;
    delivery& one = **found;
    const auto called =
        detail::guarded("the callback of a named subscription", [&] { callback_(one); });
    if (!called)
      (void)of_->settle({one.which().entry, one.which().delivery},
                        {actors::verdict::kind::retry, retry_after_throw, called.error().detail});
    wake();
  }

  const std::shared_ptr<actors::named_feed> of_;
  const std::shared_ptr<detail::subscription_hub> hub_;
  const std::function<void(delivery)> callback_;
  std::uint64_t who_ = 0;
};

result<void> delivery::answer(const actors::verdict& what) {
  return of_->settle({which_.entry, which_.delivery}, what);
}

result<void> delivery::ack() {
  return answer({});
}

result<void> delivery::skip() {
  return answer({.what = actors::verdict::kind::skip});
}

result<void> delivery::retry(std::chrono::nanoseconds delay) {
  return answer({actors::verdict::kind::retry, delay, "its consumer could not handle it"});
}

result<void> delivery::park(std::string reason) {
  return answer({actors::verdict::kind::park, {}, std::move(reason)});
}

consumer& consumer::operator=(consumer&& other) noexcept {
  if (this == &other) return *this;
  leave();
  of_ = std::move(other.of_);
  who_ = other.who_;
  calls_ = std::move(other.calls_);
  return *this;
}

consumer::~consumer() {
  leave();
}

result<std::optional<delivery>> consumer::next(std::chrono::nanoseconds timeout) {
  return next_of(of_, who_, timeout);
}

void consumer::leave() {
  if (!of_) return;
  of_->leave(who_);
  if (calls_) calls_->hub().end(calls_, {error::code::stopped, "the consumer has left"});
}

result<consumer> named_subscription::join(consumer_options options) {
  const auto who = feed_->join(options.credit, nullptr);
  if (!who) return who.error();
  return consumer{feed_, *who};
}

result<consumer> named_subscription::join(consumer_options options,
                                          std::function<void(delivery)> callback) {
  auto calls = std::make_shared<consumer::caller>(feed_, hub_, std::move(callback));
  const auto who = feed_->join(options.credit, [raw = calls.get()] { raw->notify(); });
  if (!who) return who.error();
  consumer made{feed_, *who, calls};
  const auto added =
      hub_->add_running(calls, [&](actors::executor& on) { calls->start(*who, on); });
  if (!added) return added.error();
  return made;
}

result<void> named_subscription::flush() {
  return feed_->flush();
}

result<std::vector<parked_delivery>> named_subscription::parked(position first, std::size_t max) {
  const auto found = feed_->parked(first, max);
  if (!found) return found.error();
  std::vector<parked_delivery> all;
  for (const auto& [at, note] : *found)
    all.push_back({at, note.reason, note.time, note.attempts, note.replaying});
  return all;
}

result<void> named_subscription::replay_parked(position which) {
  return feed_->replay(which);
}

result<void> named_subscription::discard_parked(position which) {
  return feed_->discard(which);
}

named_subscription_status named_subscription::status() const {
  const auto now = feed_->now();
  return {event_cursor{now.reached},
          now.window.waiting,
          now.window.delivered,
          now.window.settled,
          now.consumers,
          now.why_ended};
}

}  // namespace cairn

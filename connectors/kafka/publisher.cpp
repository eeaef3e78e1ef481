#include "cairn/kafka/publisher.hpp"

#include "producer.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

// What is on its way stays with the producer when a publish() gives up: the same events come again,
// and are then only waited for. So nothing is sent twice and nothing overtakes, however long the
// brokers are away. Only a producer that can never go on is begun anew.

namespace cairn::kafka {
namespace {

using steady = std::chrono::steady_clock;

/// How soon stop() is noticed.
constexpr std::chrono::milliseconds look_up_every{50};

/// Messages whose fate nobody has asked for.
constexpr std::size_t forgotten_max = 100'000;

class topic_publisher final : public event_publisher {
 public:
  explicit topic_publisher(publisher_options options) : options_(std::move(options)) {}

  /// Finds out whether the settings are good.
  [[nodiscard]] result<void> open() {
    auto made = producer::make(options_);
    if (!made) return made.error();
    producer_ = *std::move(made);
    return {};
  }

  publish_report publish(std::span<const outgoing_event> events) override {
    if (producer_ == nullptr) {
      if (auto opened = open(); !opened) return {0, opened.error()};
    }
    const publish_report report = deliver(events);
    for (std::size_t i = 0; i < report.confirmed; ++i)
      producer_->forget(events[i].id);
    // What lies there from batches that never came back (after a reset) must not pile up.
    const bool piles_up = producer_->count() > std::max(forgotten_max, 2 * events.size());
    if (std::exchange(is_broken_, false) || stopped_ || piles_up || producer_->fatal()) {
      producer_.reset();
    }
    return report;
  }

  void stop() noexcept override { stopped_ = true; }

 private:
  /// How far one publish() has come.
  struct progress {
    std::span<const outgoing_event> events;
    std::size_t sent = 0;
    std::size_t confirmed = 0;
    /// Those before it are sent one by one.
    std::size_t alone_until = 0;
    /// Why the next one cannot be sent at all.
    std::optional<error> unsendable = {};
  };

  [[nodiscard]] publish_report deliver(std::span<const outgoing_event> events) {
    progress now{events};
    auto newest_word = steady::now();
    for (;;) {
      if (stopped_) {
        return {now.confirmed, error{error::code::shutting_down, "the outbox is stopping"}};
      }
      send_what_may_go(now);
      if (auto why = heed_answers(now)) return {now.confirmed, why};
      if (now.confirmed == events.size()) return {now.confirmed, {}};
      if (now.unsendable && now.confirmed == now.sent) return {now.confirmed, now.unsendable};
      if (producer_->poll(look_up_every)) newest_word = steady::now();
      if (auto gone = producer_->take_absence()) return {now.confirmed, gone};
      if (steady::now() - newest_word >= options_.confirm_timeout) {
        return {now.confirmed,
                error{error::code::unavailable, "Kafka: no broker confirms anything"}};
      }
    }
  }

  void send_what_may_go(progress& now) {
    while (now.sent < now.events.size() && !now.unsendable) {
      if (now.confirmed < now.alone_until && now.confirmed < now.sent) return;
      auto done = send(now.events[now.sent]);
      if (done) {
        ++now.sent;
      } else if (done.error().what == error::code::overloaded && now.sent > now.confirmed) {
        return;
      } else {
        now.unsendable = done.error();
      }
    }
  }

  /// What ends the publish(), if something does.
  [[nodiscard]] std::optional<error> heed_answers(progress& now) {
    for (; now.confirmed < now.sent; ++now.confirmed) {
      const delivery* const known = producer_->find(now.events[now.confirmed].id);
      if (!known->is_over) break;
      if (known->why) return heed_refusal(now, *known->why);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::optional<error> heed_refusal(progress& now, const error& why) {
    is_broken_ = true;
    const bool was_alone = now.confirmed < now.alone_until;
    if (was_alone || !finds_one_too_large(now)) return why;
    now.alone_until = now.sent;
    now.sent = now.confirmed;
    now.unsendable.reset();
    if (auto opened = open(); !opened) return opened.error();
    is_broken_ = false;
    return std::nullopt;
  }

  /// Of those that are on their way.
  [[nodiscard]] bool finds_one_too_large(const progress& now) const {
    const auto on_its_way = now.events.subspan(now.confirmed, now.sent - now.confirmed);
    return std::any_of(on_its_way.begin(), on_its_way.end(), [this](const outgoing_event& one) {
      const auto& why = producer_->find(one.id)->why;
      return why && why->what == error::code::too_large;
    });
  }

  /// Unless it is on its way already.
  [[nodiscard]] result<void> send(const outgoing_event& what) {
    if (producer_->find(what.id) != nullptr) return {};
    return producer_->send(what);
  }

  const publisher_options options_;
  std::unique_ptr<producer> producer_;
  /// A message has failed on its way: those behind it may have been taken along.
  bool is_broken_ = false;
  std::atomic<bool> stopped_{false};
};

}  // namespace

result<std::unique_ptr<event_publisher>> make_publisher(publisher_options options) {
  const auto bad = [](std::string_view what) {
    return error{error::code::bad_config, "Kafka publisher: " + std::string{what}};
  };
  if (options.topic.empty()) return bad("it needs a topic");
  if (options.confirm_timeout.count() <= 0) return bad("confirm_timeout must be above 0");
  auto made = std::make_unique<topic_publisher>(std::move(options));
  if (auto opened = made->open(); !opened) return opened.error();
  return std::unique_ptr<event_publisher>{std::move(made)};
}

}  // namespace cairn::kafka

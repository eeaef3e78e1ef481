#include "body.hpp"
#include "credit.hpp"
#include "event_pages.hpp"
#include "subscription_body.hpp"
#include "subscription_hub.hpp"

#include "cairn/assert.hpp"
#include "cairn/named_subscription.hpp"

#include <algorithm>
#include <utility>

// From a runtime to its subscriptions.

namespace cairn {
namespace {

result<void> check_options(std::string_view name, const named_subscription_options& options) {
  const auto bad = [](std::string_view what) {
    return error{error::code::bad_input, "a named subscription: " + std::string{what}};
  };
  if (name.empty() || name.size() > type_name_max_bytes || name.find('\0') != name.npos ||
      name.find('/') != name.npos) {
    return bad("a name has 1 to " + std::to_string(type_name_max_bytes) +
               " bytes, without NUL and '/'");
  }
  if ((options.order == delivery_order::by_key) != static_cast<bool>(options.key))
    return bad("by_key needs a key, and nothing else does");
  if (options.ack_timeout.count() <= 0) return bad("ack_timeout must be above 0");
  if (options.consumers_max == 0) return bad("consumers_max must be at least 1");
  if (options.window == 0) return bad("window must be at least 1");
  return check_options(options.events);
}

std::string aggregate_of(const recorded_event& event) {
  return event.aggregate_type + '\0' + event.aggregate_id;
}

std::function<std::string(const recorded_event&)> key_of(
    const named_subscription_options& options) {
  switch (options.order) {
    case delivery_order::in_turn: return nullptr;
    case delivery_order::by_aggregate: return aggregate_of;
    case delivery_order::by_correlation:
      return [](const recorded_event& event) {
        // An aggregate's key has a NUL, an id that somebody reads has none.
        return event.correlation_id.empty() ? aggregate_of(event) : event.correlation_id.text();
      };
    case delivery_order::by_key: return options.key;
  }
  CAIRN_UNREACHABLE();
}

}  // namespace

/// Reads for a named subscription what a reader would be shown.
class runtime::body::feed_source final : public actors::subscription_source {
 public:
  feed_source(const body& from, subscription_options options)
      : from_(from), options_(std::move(options)) {}

  result<std::vector<std::uint64_t>> start() override { return from_.start_of(options_); }

  result<actors::subscription_page> read(const std::vector<std::uint64_t>& behind,
                                         std::uint32_t max) override {
    event_query query = query_of(options_);
    query.from = event_cursor{behind};
    query.limit = std::min(max, options_.buffer);
    auto page = from_.events(query);
    if (!page) return page.error();
    return actors::subscription_page{std::move(page->events), page->next.before(), page->at_end};
  }

  result<recorded_event> at(const position& where) override {
    auto page = from_.events({.from = where, .limit = 1});
    if (!page) return page.error();
    if (page->events.empty() || page->events.front().position != where) {
      return error{error::code::not_found,
                   "the event at offset " + std::to_string(where.offset) + " of partition " +
                       std::to_string(where.partition.value) + " is not shown to readers any more"};
    }
    return std::move(page->events.front());
  }

 private:
  const body& from_;
  const subscription_options options_;
};

result<std::vector<std::uint64_t>> runtime::body::start_of(
    const subscription_options& options) const {
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  auto start = find_start(journals_, query_of(options));
  if (!start || !std::holds_alternative<from_now>(options.from)) return start;
  for (std::size_t i = 0; i < journals_.size(); ++i)
    (*start)[i] = journals_[i]->durable_offset();
  return start;
}

result<subscription> runtime::body::subscribe(const subscription_options& options,
                                              subscription_callback callback) {
  if (auto good = check_options(options); !good) return good.error();
  auto from = start_of(options);
  if (!from) return from.error();
  const bool calls = static_cast<bool>(callback);
  auto made = std::make_shared<subscription::body>(
      subscription::body::parts{.read = [this](const event_query& query) { return events(query); },
                                .query = query_of(options),
                                .from = *std::move(from),
                                .progress_every = options.progress_every,
                                .runs_on = parts_.runs_on ? executor_.get() : nullptr,
                                .hub = subscriptions_,
                                .callback = std::move(callback)});
  const auto added = subscriptions_->add_running(made, [&](actors::executor& on) {
    if (calls) made->call(on);
  });
  if (!added) return added.error();
  return subscription{std::move(made)};
}

result<cairn::named_subscription> runtime::body::named(const std::string& name,
                                                       const named_subscription_options& options) {
  if (auto good = check_options(name, options); !good) return good.error();
  const credit stay{admission_};
  if (!stay.taken()) return stay.taken().error();
  const auto make = [&]() -> result<std::shared_ptr<actors::named_feed>> {
    // No read model has such a name.
    auto view = store_->open_view("subscription/" + name, 1, actors::named_feed::table_names());
    if (!view) return view.error();
    auto key = key_of(options);
    const bool keyed = static_cast<bool>(key);
    const bool has_threads = !parts_.runs_on;
    auto made = std::make_shared<actors::named_feed>(
        actors::named_feed::options{.name = name,
                                    .window = {.keyed = keyed,
                                               .ack_timeout = options.ack_timeout,
                                               .retries_max = options.retries_max,
                                               .consumers_max = options.consumers_max,
                                               .events_max = options.window},
                                    .key = std::move(key),
                                    .progress_every = options.events.progress_every,
                                    .look_every = std::chrono::seconds{has_threads ? 1 : 0},
                                    .log = parts_.log},
        std::make_shared<feed_source>(*this, options.events),
        *std::move(view),
        *parts_.time);
    if (auto started = made->start(*executor_); !started) return started.error();
    return made;
  };
  auto feed = subscriptions_->feed(name, make);
  if (!feed) return feed.error();
  return cairn::named_subscription{*std::move(feed), subscriptions_};
}

result<subscription> runtime::subscribe(const subscription_options& options) const {
  return body_->subscribe(options, nullptr);
}

result<subscription> runtime::subscribe(const subscription_options& options,
                                        subscription_callback callback) const {
  return body_->subscribe(options, std::move(callback));
}

result<cairn::named_subscription> runtime::named_subscription(
    const std::string& name, const named_subscription_options& options) const {
  return body_->named(name, options);
}

}  // namespace cairn

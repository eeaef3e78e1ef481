#include "read_models.hpp"

#include "body.hpp"
#include "storage_shelf.hpp"

#include "cairn/actors/outbox.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>

namespace cairn {

result<void> check_model_options(std::string_view name, const read_model_options& options) {
  const auto refuse = [name](std::string_view what) {
    return error{error::code::bad_config,
                 "read model " + std::string{name} + ": " + std::string{what}};
  };
  constexpr auto zero = std::chrono::nanoseconds::zero();
  if (options.attempts == 0) return refuse("attempts must be at least 1");
  if (options.retry_delay < zero) return refuse("retry_delay must not be negative");
  if (options.restart && (options.restart->first < zero || options.restart->longest < zero)) {
    return refuse("the pauses of restart must not be negative");
  }
  constexpr std::uint32_t slices_max = 64;
  if (!std::has_single_bit(options.slices) || options.slices > slices_max) {
    return refuse("slices must be a power of two, from 1 to 64");
  }
  if (options.parked_keys_max == 0) return refuse("parked_keys_max must be at least 1");
  if (options.parked_per_key_max == 0) return refuse("parked_per_key_max must be at least 1");
  return {};
}

result<void> check_outbox_options(std::string_view name, const outbox_options& options) {
  if (auto good = check_model_options(name, options.trouble); !good) return good;
  if (options.events_in_flight_max == 0 || options.bytes_in_flight_max == 0) {
    return error{error::code::bad_config,
                 "outbox " + std::string{name} + ": what may be in flight must be at least 1"};
  }
  return {};
}

actors::read_model_runner::options runtime::body::runner_options(
    const read_model_options& options) const {
  const config& settings = parts_.settings;
  return {.batch_events = settings.read_model_batch,
          .linger = options.strong ? std::chrono::nanoseconds::zero() : settings.read_model_linger,
          .snapshot_every = settings.read_model_snapshot_every,
          .retry_delay = options.retry_delay,
          .log = parts_.log,
          .attempts = options.attempts,
          .on_failure = options.on_failure,
          .restart = options.restart,
          .parked_keys_max = options.parked_keys_max,
          .parked_per_key_max = options.parked_per_key_max,
          .rebuild_percent = settings.rebuild_percent};
}

result<void> runtime::body::open_models() {
  for (auto& part : parts_.models) {
    auto opened =
        open_model(part.key, std::move(part.type), part.options, runner_options(part.options));
    if (!opened) return opened;
  }
  return {};
}

result<void> runtime::body::open_outboxes() {
  for (auto& part : parts_.outboxes) {
    const outbox_options& options = part.options;
    actors::read_model_runner::options settings = runner_options(options.trouble);
    settings.batch_events = std::min(settings.batch_events, options.events_in_flight_max);
    settings.applied_max = options.events_in_flight_max;
    settings.applied_bytes_max = options.bytes_in_flight_max;
    settings.from_now = options.start_from == outbox_options::origin::now;
    const read_model_options trouble = options.trouble;
    auto type = actors::make_outbox(
        std::move(part.name), store_->identity(), std::move(part.into), std::move(part.options));
    const void* const key = type.get();
    if (auto opened = open_model(key, std::move(type), trouble, settings); !opened) return opened;
  }
  return {};
}

result<std::unique_ptr<actors::read_model_runner>> runtime::body::make_runner(
    const detail::read_model_type& type,
    const read_model_options& options,
    const actors::read_model_runner::options& settings) const {
  // Wherever another copy or part of a read model comes from: here.
  const auto shelves = [&](std::string name) -> std::unique_ptr<persistence::view_shelf> {
    if (!options.stored_in.open) return store_->views_of(std::move(name));
    return std::make_unique<storage_shelf>(
        options.stored_in, store_->view_settings(name, type.version(), {}), type);
  };
  if (options.slices > 1) {
    return actors::make_read_model_in_parts(
        type, options.slices, journals_, shelves, *parts_.time, settings);
  }
  if (type.may_be_copied()) {
    return actors::make_rebuildable_read_model(
        type, journals_, shelves(std::string{type.name()}), *parts_.time, settings);
  }
  auto view = store_->open_view(type.name(), type.version(), type.table_names());
  if (!view) return view.error();
  return actors::make_read_model_runner(type, journals_, *std::move(view), *parts_.time, settings);
}

result<void> runtime::body::open_model(const void* key,
                                       std::unique_ptr<detail::read_model_type> type,
                                       const read_model_options& options,
                                       const actors::read_model_runner::options& settings) {
  model_entry entry;
  entry.type = std::move(type);
  entry.type->read_by(event_reader_);
  entry.options = options;
  auto runner = make_runner(*entry.type, options, settings);
  if (!runner) return runner.error();
  entry.runner = *std::move(runner);
  for (persistence::journal* journal : journals_) {
    journal->on_group([runner = entry.runner.get()] { runner->hint(); });
  }
  shown_.add(*entry.runner, std::string{entry.type->name()});
  models_in_order_.push_back(&models_.emplace(key, std::move(entry)).first->second);
  return {};
}

result<detail::read_model_controls*> runtime::body::controls_of(const void* key,
                                                                std::string_view name) const {
  const auto found = models_.find(key);
  if (found == models_.end()) return not_added("the read model " + std::string{name});
  return found->second.runner.get();
}

result<detail::read_model_controls*> runtime::body::controls_of(std::string_view name) const {
  for (const model_entry* one : models_in_order_) {
    if (one->type->name() == name) return one->runner.get();
  }
  return not_added("the read model " + std::string{name});
}

std::vector<read_model_status> runtime::body::read_models() const {
  std::vector<read_model_status> all;
  for (const model_entry* one : models_in_order_) {
    all.push_back(one->runner->status());
  }
  return all;
}

result<detail::read_model_controls*> runtime::controls_of(const void* key,
                                                          std::string_view name) const {
  return body_->controls_of(key, name);
}

read_model_control runtime::read_model(std::string_view name) const {
  return read_model_control{body_->controls_of(name)};
}

std::vector<read_model_status> runtime::read_models() const {
  return body_->read_models();
}

}  // namespace cairn

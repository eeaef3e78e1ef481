#include "body.hpp"

#include <algorithm>
#include <utility>

// Process managers in a runtime.

namespace cairn {

result<void> runtime::body::check_managers() const {
  for (const auto& part : parts_.managers) {
    const detail::process_manager_type& type = *part.type;
    const auto bad = [&type](const std::string& what) {
      return error{error::code::bad_config,
                   "process manager " + std::string{type.name()} + ": " + what};
    };
    for (std::size_t i = 0; i < type.targets().size(); ++i) {
      const bool added =
          std::any_of(parts_.aggregates.begin(), parts_.aggregates.end(), [&](const auto& one) {
            return one.key == type.target_key(i);
          });
      if (!added) {
        return bad("its target " + std::string{type.targets()[i]} +
                   " was not added to the builder");
      }
    }
    const process_manager_options& options = part.options;
    if (options.repeats < 1 || options.repeats > 3) return bad("repeats must be 1 to 3");
    if (options.commands_in_flight_max == 0 || options.commands_loaded_max == 0) {
      return bad("commands_in_flight_max and commands_loaded_max must be at least 1");
    }
    if (options.retry_delay.count() <= 0 || options.redeliver_max.count() <= 0 ||
        options.command_timeout.count() <= 0) {
      return bad("retry_delay, redeliver_max and command_timeout must be above 0");
    }
  }
  return {};
}

result<void> runtime::body::open_managers() {
  for (auto& part : parts_.managers) {
    auto view = store_->open_view(
        part.type->name(), part.type->version(), actors::process_manager_tables());
    if (!view) return view.error();
    manager_entry entry;
    entry.type = std::move(part.type);
    entry.runner = actors::make_process_manager_runner(
        *entry.type,
        journals_,
        *std::move(view),
        *parts_.time,
        [this](const void* target, detail::command_message* message) { send(target, message); },
        actors::process_manager_runner::options{.user = part.options,
                                                .batch_events = parts_.settings.read_model_batch,
                                                .log = parts_.log});
    for (persistence::journal* journal : journals_) {
      journal->on_group([runner = entry.runner.get()] { runner->hint(); });
    }
    managers_in_order_.push_back(&managers_.emplace(part.key, std::move(entry)).first->second);
  }
  return {};
}

result<void> runtime::body::start_managers() {
  for (manager_entry* manager : managers_in_order_) {
    executor_->call_next(manager->type->name());
    if (auto started = manager->runner->start(*executor_); !started) return started;
  }
  return {};
}

void runtime::body::stop_managers() {
  for (manager_entry* manager : managers_in_order_)
    manager->runner->stop();
}

result<detail::process_manager_access*> runtime::body::process_manager(
    const void* key, std::string_view name) const {
  const auto found = managers_.find(key);
  if (found == managers_.end()) return not_added("the process manager " + std::string{name});
  return found->second.runner.get();
}

void builder::add_manager(const void* key,
                          std::unique_ptr<detail::process_manager_type> type,
                          process_manager_options options) {
  parts_->managers.push_back({key, std::move(type), options});
}

result<detail::process_manager_access*> runtime::process_manager(const void* key,
                                                                 std::string_view name) const {
  return body_->process_manager(key, name);
}

}  // namespace cairn

#include "read_models.hpp"

#include "body.hpp"

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

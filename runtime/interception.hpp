#pragma once

#include "cairn/detail/command_message.hpp"
#include "cairn/interceptor.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace cairn {

/// The interceptors of a runtime, for one aggregate type. Any thread.
class interception final : public detail::command_watcher {
 public:
  using list = std::vector<std::shared_ptr<interceptor>>;

  /// @pre `all` and `aggregate_type` outlive this
  interception(const list& all, std::string_view aggregate_type)
      : all_(&all), aggregate_type_(aggregate_type) {}

  /// Shows the message to all interceptors, in the order in which they were added, up to the first
  /// that refuses; takes over what they have changed. The error of the one that refuses.
  [[nodiscard]] result<void> before(detail::command_message& message);

  void ended(const detail::command_message& message,
             const detail::erased_outcome& outcome) noexcept override;

 private:
  [[nodiscard]] intercepted_command describe(const detail::command_message& message) const;

  const list* all_;
  std::string_view aggregate_type_;
};

}  // namespace cairn

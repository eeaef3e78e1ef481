#pragma once

#include "cairn/ids.hpp"
#include "cairn/metadata.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

/// A command as an interceptor sees it. The views are valid during the call.
struct intercepted_command {
  std::string_view aggregate_type;
  std::string_view aggregate_id;
  /// The command's stable_name.
  std::string_view command_type;
  std::string_view command_id;
  /// The command's fields as JSON; costs something, so it is made on demand.
  std::function<std::string()> json;

  // before() may change these: they are stored with each event of the command.
  cairn::correlation_id correlation_id;
  cairn::causation_id causation_id;
  cairn::principal principal;
  std::vector<std::string> tags;
  metadata_map metadata = {};
};

/// What a command came to.
struct intercepted_outcome {
  /// When it was accepted.
  std::optional<receipt> accepted;
  /// The number of the domain's enum, when it was rejected.
  std::optional<std::int64_t> rejected;
  /// When the machinery failed, or an interceptor refused.
  std::optional<error> failed;
};

/// Stands between those who send commands and their aggregates: to enrich, validate, authorise,
/// observe. Any thread, several at once; must not block.
class interceptor {
 public:
  interceptor() = default;
  interceptor(const interceptor&) = delete;
  interceptor& operator=(const interceptor&) = delete;
  virtual ~interceptor() = default;

  /// Before the command is admitted, by the thread that sends it. An error ends the command there:
  /// nothing is stored, and the sender gets this error, such as forbidden for a principal that may
  /// not do it. What is thrown is user_code_threw.
  [[nodiscard]] virtual result<void> before(intercepted_command& /*wish*/) { return {}; }

  /// Once the outcome is durable, right before the sender hears of it, by the thread that brings
  /// it; also for commands that before() of any interceptor has refused. Must not throw.
  virtual void after(const intercepted_command& /*wish*/,
                     const intercepted_outcome& /*outcome*/) noexcept {}
};

}  // namespace cairn

#pragma once

#include "cairn/ids.hpp"

#include <string_view>

namespace cairn {

/// What `decide` may know besides the state and the command, when it takes a third argument.
///
/// All of it is given: deciding the same command on the same state in the same context gives the
/// same events. The views are valid during the call.
struct context {
  /// When the command is decided; its events will carry this time or a later one.
  timestamp now = {};
  /// The aggregate's version before the command.
  cairn::version version = {};
  std::string_view aggregate_id = {};
  /// Empty when the caller gave none.
  std::string_view command_id = {};
  std::string_view correlation_id = {};
  std::string_view principal = {};
};

}  // namespace cairn

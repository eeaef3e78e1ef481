#pragma once

#include "cairn/nats/detail/command_request.hpp"

#include <string_view>

namespace cairn::nats {

/// Takes the envelope of a command apart. bad_input: it is no JSON object, lacks a member, or has
/// one of another type or name; the detail names it.
/// @param timeout of a command that does not say one
[[nodiscard]] result<detail::command_request> parse_request(std::string_view json,
                                                            std::chrono::milliseconds timeout);

}  // namespace cairn::nats

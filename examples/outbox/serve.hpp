#pragma once

#include "support/exit_code.hpp"

#include <cairn/cairn.hpp>
#include <string>

namespace cinema {

inline constexpr const char* command_stream = "CINEMA_COMMANDS";
inline constexpr const char* command_subject = "cinema.commands";
inline constexpr const char* event_stream = "CINEMA_EVENTS";

/// Takes commands from the one stream and hands events to the other, until SIGINT or SIGTERM.
[[nodiscard]] support::exit_code serve(const cairn::config& settings, const std::string& server);

}  // namespace cinema

#pragma once

#include "cairn/error.hpp"

#include <libpq-fe.h>
#include <string_view>

namespace cairn::postgres {

/// What a failed answer means for a read model. unavailable: not the statement's fault, and it may
/// pass, if somebody gives a right back for one. store_full. storage_failed. too_large. Otherwise
/// bad_input: the server refuses the statement.
/// @param writes the statement may change something: a server that then says that it takes no
/// changes is a copy
[[nodiscard]] error failure_of(const PGresult& answer, bool writes, std::string_view doing);

/// What libpq says of a session that is lost or was not made.
[[nodiscard]] error lost(const PGconn& session, std::string_view doing);

}  // namespace cairn::postgres

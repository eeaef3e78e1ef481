#pragma once

#include "cairn/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace cairn::postgres {

/// A statement as PostgreSQL takes it.
struct numbered_statement {
  std::string text;
  std::size_t parameters = 0;
};

/// Writes $1, $2, ... for each `?` that is not within quotes, a comment or a text between dollars.
/// `??` is one question mark, for operators that have one.
[[nodiscard]] numbered_statement number_placeholders(std::string_view statement);

}  // namespace cairn::postgres

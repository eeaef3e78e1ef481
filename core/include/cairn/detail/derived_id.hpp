#pragma once

#include <string>
#include <string_view>

namespace cairn::detail {

/// `text` when it has at most `bytes_max` bytes, otherwise `prefix` and a hash of 32 digits: the
/// same text gives the same id, on every machine and in every version. Any thread.
/// @pre prefix.size() + 32 <= bytes_max
[[nodiscard]] std::string derived_id(std::string_view prefix,
                                     std::string text,
                                     std::size_t bytes_max);

}  // namespace cairn::detail

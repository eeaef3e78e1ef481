#pragma once

#include "search_text.hpp"

#include "cairn/result.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cairn::detail {

/// What a search means in the tables of cairn::event_search: a condition on a row of `event`, with
/// the values of its `?` in their order.
struct search_condition {
  std::string sql;
  std::vector<std::variant<std::int64_t, std::string>> values;
};

/// bad_input: a time cannot be read.
[[nodiscard]] result<search_condition> condition_of(const search_node& node);

}  // namespace cairn::detail

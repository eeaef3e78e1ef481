#pragma once

#include "cairn/persistence/views.hpp"

#include <string>

namespace cairn::persistence {

/// too_large, bad_input: no row can have this key; the detail names the table.
[[nodiscard]] inline result<void> check_key(const view::options& of,
                                            std::size_t table,
                                            byte_view key) {
  if (!key.empty() && key.size() <= table_key_max_bytes) return {};
  std::string detail = "a key of " + std::to_string(key.size()) + " bytes for table \"" +
                       of.tables.at(table) + "\" of read model " + of.name;
  if (key.empty()) return error{error::code::bad_input, std::move(detail)};
  detail += "; at most " + std::to_string(table_key_max_bytes) + " are possible";
  return error{error::code::too_large, std::move(detail)};
}

}  // namespace cairn::persistence

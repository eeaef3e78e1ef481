#pragma once

#include "cairn/read_model_storage.hpp"
#ifdef CAIRN_HAS_POSTGRES
#include "cairn/postgres.hpp"
#endif
#ifdef CAIRN_HAS_SQLITE
#include "cairn/sqlite.hpp"
#endif

#include <chrono>
#include <string>

namespace cairn::tests {

/// A folder for SQLite ("/...") or how PostgreSQL is reached ("host=..."), as a program is told it
/// in one word.
inline read_model_storage storage_named(const std::string& place) {
#ifdef CAIRN_HAS_SQLITE
  if (place.starts_with('/')) return cairn::sqlite::folder(place);
#endif
#ifdef CAIRN_HAS_POSTGRES
  // The server may be slow to notice that an earlier process was killed.
  return cairn::postgres::database(place, {.wait_max = std::chrono::seconds{60}});
#else
  return {};
#endif
}

}  // namespace cairn::tests

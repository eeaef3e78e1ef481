#pragma once

#include "cairn/read_model_storage.hpp"

#include <chrono>
#include <cstdint>
#include <string>

// Read models in PostgreSQL: the same struct as for the store's own tables, in a database that
// other programs read, and with SQL of its own (cairn/sql.hpp).
//
//   builder.add_read_model<balances>({.stored_in = cairn::postgres::database("host=db
//   dbname=shop")});

namespace cairn::postgres {

struct options {
  /// What the schemas in the database are called: `<prefix>_<name>_v<version>`, and `_<copy>`
  /// behind it for one that rebuild() has made, in small letters, and with _ for what is neither a
  /// letter nor a digit. Stores that share a database need one each. 1 to 20 small letters, digits
  /// and _.
  std::string schema_prefix = "cairn";
  /// Queries of one read model at the same time; one more waits for `wait_max`, and is overloaded.
  /// At least 1.
  std::uint32_t readers_max = 8;
  /// How long to wait for a connection, to the database or of a reader; and at the start for the
  /// end of another session that feeds the same read model. At least 1 s.
  std::chrono::milliseconds wait_max = std::chrono::seconds{5};
  /// Rows of tables that are kept in memory, so that `apply` need not ask for what it has written
  /// lately; for each read model, about. 0: none.
  std::uint64_t cache_bytes = std::uint64_t{64} << 20U;
  /// What the rows of one statement may have together (cairn::sql::each); more is too_large.
  std::uint64_t rows_bytes_max = std::uint64_t{64} << 20U;
};

/// Keeps each read model at each version in a schema of its own of this database, which the user
/// must be allowed to create. `connection` is as libpq takes it, "host=db dbname=shop user=cairn"
/// or "postgresql://cairn@db/shop".
///
/// One process feeds a read model at a time: store_locked, when another one does and goes on. What
/// an applied event survives is what the server promises for a commit (synchronous_commit); when it
/// loses some after all, they are applied again. At the start the database must be there
/// (unavailable); later, read models wait for it and connect again by themselves, and queries are
/// unavailable meanwhile. So is a statement that the server breaks off, for statement_timeout or
/// because somebody cancels it: its batch is tried again, and no event is blamed.
/// A model begins from nothing, with a line in the log, when its schema was made for another
/// journal or other tables. bad_config: an option breaks its rule, or the schema is another
/// read model's.
[[nodiscard]] read_model_storage database(std::string connection, options settings = {});

}  // namespace cairn::postgres

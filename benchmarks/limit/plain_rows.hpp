#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bench {

/// A row that an event leaves: where the event stands, whose it is, and its amount.
struct plain_row {
  std::uint64_t place = 0;
  std::string id;
  std::int64_t amount = 0;
};

/// What a storage does with rows and nothing above it.
struct plain_load {
  double seconds = 0;
  /// What was read back afterwards.
  std::uint64_t count = 0;
  std::int64_t sum = 0;
};

// Each stores the rows, in the order of their places, in one durable transaction, by the fastest
// way that the storage's manual describes, and reads them back. They throw std::runtime_error.

/// Puts at the end of a table (MDB_APPEND).
[[nodiscard]] plain_load load_into_lmdb(const std::filesystem::path& directory,
                                        const std::vector<plain_row>& rows);
/// One prepared statement, write-ahead log, synchronous = full.
[[nodiscard]] plain_load load_into_sqlite(const std::filesystem::path& file,
                                          const std::vector<plain_row>& rows);
/// COPY into a new table of a schema that is removed again.
[[nodiscard]] plain_load load_into_postgres(const std::string& connection,
                                            const std::vector<plain_row>& rows);

/// Removes the schemas whose names begin so.
void drop_schemas(const std::string& connection, const std::string& prefix);

}  // namespace bench

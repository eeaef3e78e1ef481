#pragma once

#include "connection.hpp"
#include "sqlite_tables.hpp"

#include "cairn/persistence/views.hpp"

#include <optional>

// What a database holds beside the rows of the read model:
//
//   cairn_view(name, value)           "identity": what it was made for, see view_identity()
//   cairn_checkpoints(partition, applied)
//   cairn_counts(name, rows)          of each table that has ever had one
//   cairn_state(id = 0, schema_version, checkpoints, bytes)   the saved state of a model in memory
//   cairn_rows_<n>(key, value)        the n-th table; cairn_letters, cairn_control: the hidden ones

namespace cairn::sqlite {

/// Makes the tables, where they are missing, and says what they are for. False: what is there was
/// made for something else. @pre within a transaction
[[nodiscard]] result<bool> make_tables(connection& within, const table_set& set);

[[nodiscard]] result<persistence::checkpoint_list> read_checkpoints(connection& within,
                                                                    const table_set& set);
[[nodiscard]] result<void> write_checkpoints(connection& within,
                                             const persistence::checkpoint_list& reached);

[[nodiscard]] result<void> write_state(connection& within,
                                       byte_view state,
                                       std::uint32_t schema_version,
                                       const persistence::checkpoint_list& reached);
[[nodiscard]] result<std::optional<persistence::saved_state>> read_state(connection& within,
                                                                         const table_set& set);

/// Forgets everything but what operators want, and makes the schema of the read model anew.
/// @pre within a transaction
[[nodiscard]] result<void> forget_all(connection& within, const table_set& set);

}  // namespace cairn::sqlite

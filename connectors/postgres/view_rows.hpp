#pragma once

#include "connection.hpp"
#include "postgres_tables.hpp"

#include "cairn/persistence/views.hpp"

#include <optional>
#include <string>

// What a schema holds beside the rows of the read model:
//
//   cairn_view(name, value)           "identity": the read model, and what it was made for, see
//                                     view_identity()
//   cairn_checkpoints(partition, applied)
//   cairn_counts(name, rows)          of each table that has ever had one
//   cairn_state(id = 0, schema_version, checkpoints, bytes)   the saved state of a model in memory
//   cairn_rows_<n>(key, value)        the n-th table; cairn_letters, cairn_control: the hidden ones
//
// All functions: what fails is also the failure of the connection, whose transaction is then over.

namespace cairn::postgres {

/// What the schema was made for; nothing when there is no such schema of ours.
[[nodiscard]] result<std::optional<std::string>> read_identity(connection& within,
                                                               const std::string& schema);
[[nodiscard]] std::string identity_of(const persistence::view_options& of);
/// Whether an identity is of this read model, for whatever journal.
[[nodiscard]] bool is_of_model(std::string_view identity, const persistence::view_options& of);

/// Makes the schema anew, with everything in it. @pre within a transaction
[[nodiscard]] result<void> make_schema(connection& within,
                                       const std::string& schema,
                                       const table_set& set,
                                       const options& settings);
[[nodiscard]] result<void> drop_schema(connection& within, const std::string& schema);

[[nodiscard]] result<persistence::checkpoint_list> read_checkpoints(connection& within,
                                                                    const table_set& set);
void write_checkpoints(connection& within, const persistence::checkpoint_list& reached);

void write_state(connection& within,
                 byte_view state,
                 std::uint32_t schema_version,
                 const persistence::checkpoint_list& reached);
[[nodiscard]] result<std::optional<persistence::saved_state>> read_state(connection& within,
                                                                         const table_set& set);

/// Forgets everything but what operators want, and makes the schema of the read model anew.
/// @pre within a transaction
[[nodiscard]] result<void> forget_all(connection& within,
                                      const std::string& schema,
                                      const table_set& set,
                                      const options& settings);

}  // namespace cairn::postgres

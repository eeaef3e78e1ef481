#pragma once

#include "cairn/detail/sql_value.hpp"
#include "cairn/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace cairn::detail {

/// Runs the SQL of a read model within the transaction that its tables belong to. One thread.
///
/// What fails makes the tables' store failed; then nothing is done and no row is found any more.
/// bad_input: the database refuses the statement, or what it would do.
class sql_session {
 public:
  using row = std::span<const sql_value>;

  sql_session() = default;
  sql_session(const sql_session&) = delete;
  sql_session& operator=(const sql_session&) = delete;

  /// A statement whose rows nobody wants. It may be put off until something is read, or until
  /// table_store::settle().
  virtual void run(std::string_view statement, std::span<const sql_value> parameters) = 0;

  /// Calls `visit` for each row until it returns false. The values are valid during that call;
  /// it may run other statements.
  virtual void each(std::string_view statement,
                    std::span<const sql_value> parameters,
                    const std::function<bool(row)>& visit) = 0;

 protected:
  ~sql_session() = default;
};

/// Where a comment ends is not the same everywhere.
enum class sql_comments : std::uint8_t {
  of_sqlite,    ///< At the first */, or at the end of the line, which is \n.
  of_postgres,  ///< There may be others between /* and */; \r ends a line, too.
};

/// Behind the comment that begins at `at`; `at` itself when none does.
[[nodiscard]] std::size_t end_of_comment(std::string_view text,
                                         std::size_t at,
                                         sql_comments comments);

/// What a storage must not let a read model do: to end or begin the transaction that its rows and
/// its checkpoint are in, or to change the connection that others use after it. bad_input.
[[nodiscard]] result<void> check_statement(std::string_view statement, sql_comments comments);

}  // namespace cairn::detail

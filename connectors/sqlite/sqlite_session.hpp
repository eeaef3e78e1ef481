#pragma once

#include "connection.hpp"

#include "cairn/detail/sql_session.hpp"

namespace cairn::sqlite {

class sqlite_tables;

/// The SQL of a read model within one transaction of a connection. Each statement is done at once.
class sqlite_session final : public detail::sql_session {
 public:
  /// @pre both outlive this
  sqlite_session(connection& within, sqlite_tables& tables) : within_(within), tables_(tables) {}
  ~sqlite_session() = default;

  void run(std::string_view text, std::span<const detail::sql_value> parameters) override;
  void each(std::string_view text,
            std::span<const detail::sql_value> parameters,
            const std::function<bool(row)>& visit) override;

 private:
  [[nodiscard]] result<void> visit_rows(std::string_view text,
                                        std::span<const detail::sql_value> parameters,
                                        const std::function<bool(row)>& visit);

  connection& within_;
  sqlite_tables& tables_;
};

}  // namespace cairn::sqlite

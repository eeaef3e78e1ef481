#pragma once

#include "connection.hpp"

#include "cairn/detail/sql_session.hpp"

namespace cairn::postgres {

class postgres_tables;

/// The SQL of a read model within one transaction of a connection. What wants no rows is sent and
/// not waited for.
class postgres_session final : public detail::sql_session {
 public:
  /// @pre all outlive this
  postgres_session(connection& within, postgres_tables& tables, const options& settings)
      : within_(within), tables_(tables), settings_(settings) {}
  ~postgres_session() = default;

  void run(std::string_view text, std::span<const detail::sql_value> parameters) override;
  void each(std::string_view text,
            std::span<const detail::sql_value> parameters,
            const std::function<bool(row)>& visit) override;

  /// Something was run.
  [[nodiscard]] bool was_used() const noexcept { return was_used_; }

 private:
  connection& within_;
  postgres_tables& tables_;
  const options& settings_;
  bool was_used_ = false;
};

}  // namespace cairn::postgres

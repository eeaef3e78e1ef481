#include "postgres_session.hpp"

#include "postgres_tables.hpp"

#include <vector>

namespace cairn::postgres {

void postgres_session::run(std::string_view text, std::span<const detail::sql_value> parameters) {
  if (tables_.failed()) return;
  was_used_ = true;
  within_.send({text, parameters, command::origin::users}, tables_.event_now());
  tables_.heed_failure();
}

void postgres_session::each(std::string_view text,
                            std::span<const detail::sql_value> parameters,
                            const std::function<bool(row)>& visit) {
  if (tables_.failed()) return;
  was_used_ = true;
  row_list rows{settings_.rows_bytes_max};
  const auto asked =
      within_.ask_rows({text, parameters, command::origin::users}, tables_.event_now(), rows);
  tables_.heed_failure();
  std::vector<detail::sql_value> columns;
  for (std::size_t i = 0; asked && i < rows.size() && !tables_.failed(); ++i) {
    rows.read(i, columns);
    if (!visit(columns)) break;
  }
}

}  // namespace cairn::postgres

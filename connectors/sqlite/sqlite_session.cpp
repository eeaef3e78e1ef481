#include "sqlite_session.hpp"

#include "sqlite_tables.hpp"

#include <vector>

namespace cairn::sqlite {

void sqlite_session::run(std::string_view text, std::span<const detail::sql_value> parameters) {
  // To its end, which is when all of it is done.
  each(text, parameters, [](row /*columns*/) { return true; });
}

void sqlite_session::each(std::string_view text,
                          std::span<const detail::sql_value> parameters,
                          const std::function<bool(row)>& visit) {
  if (tables_.failed()) return;
  if (auto done = visit_rows(text, parameters, visit); !done) tables_.fail_by(done.error());
}

result<void> sqlite_session::visit_rows(std::string_view text,
                                        std::span<const detail::sql_value> parameters,
                                        const std::function<bool(row)>& visit) {
  auto prepared = within_.prepare_for_user(text);
  if (!prepared) return prepared.error();
  if (auto bound = prepared->bind(parameters); !bound) return bound;
  std::vector<detail::sql_value> columns;
  bool wants_more = true;
  while (true) {
    const auto found = prepared->step();
    if (!found) return found.error();
    if (!*found) return {};
    // A statement that changes something is done only when it has been stepped to its end.
    if (!wants_more) continue;
    columns.clear();
    for (int i = 0; i < prepared->columns(); ++i) {
      columns.push_back(prepared->column(i));
    }
    wants_more = visit(columns) && !tables_.failed();
    if (!wants_more && prepared->only_reads()) return {};
  }
}

}  // namespace cairn::sqlite

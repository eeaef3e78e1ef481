#include "failure.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace cairn::postgres {
namespace {

/// PostgreSQL's codes by how they begin: appendix A of its manual.
struct meaning {
  std::string_view begins;
  error::code what;
};
constexpr std::array meanings{
    meaning{"53100", error::code::store_full},      // disk_full
    meaning{"53", error::code::unavailable},        // insufficient resources
    meaning{"08", error::code::unavailable},        // connection
    meaning{"28", error::code::unavailable},        // who may connect
    meaning{"42501", error::code::unavailable},     // insufficient_privilege
    meaning{"57", error::code::unavailable},        // an operator: shutdown, a statement broken off
    meaning{"25P03", error::code::unavailable},     // the transaction was idle for too long
    meaning{"25P04", error::code::unavailable},     // it took too long
    meaning{"40", error::code::unavailable},        // serialization, deadlock
    meaning{"55P03", error::code::unavailable},     // lock_not_available
    meaning{"58", error::code::storage_failed},     // system error
    meaning{"XX001", error::code::storage_failed},  // data_corrupted
    meaning{"XX002", error::code::storage_failed},  // index_corrupted
    meaning{"54", error::code::too_large},          // program limit exceeded
};

error::code code_of(std::string_view state, bool writes) {
  // No state: libpq has lost the session.
  if (state.empty()) return error::code::unavailable;
  // read_only_sql_transaction
  if (state == "25006" && writes) return error::code::unavailable;
  const auto* const found =
      std::find_if(meanings.begin(), meanings.end(), [state](const meaning& one) {
        return state.starts_with(one.begins);
      });
  return found != meanings.end() ? found->what : error::code::bad_input;
}

std::string without_end(const char* message) {
  std::string text{message != nullptr ? message : ""};
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  return text;
}

std::string_view field(const PGresult& answer, int which) {
  const char* const text = PQresultErrorField(&answer, which);
  return text != nullptr ? text : "";
}

}  // namespace

error failure_of(const PGresult& answer, bool writes, std::string_view doing) {
  std::string text = "PostgreSQL: ";
  const std::string_view message = field(answer, PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) {
    text += without_end(PQresultErrorMessage(&answer));
  } else {
    text += message;
  }
  const std::string_view detail = field(answer, PG_DIAG_MESSAGE_DETAIL);
  if (!detail.empty()) text.append(" (").append(detail).append(")");
  return {code_of(field(answer, PG_DIAG_SQLSTATE), writes), text.append(", in ").append(doing)};
}

error lost(const PGconn& session, std::string_view doing) {
  return {error::code::unavailable,
          "PostgreSQL: " + without_end(PQerrorMessage(&session)) + ", in " + std::string{doing}};
}

}  // namespace cairn::postgres

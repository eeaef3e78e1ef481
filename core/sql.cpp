#include "cairn/sql.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace cairn {
namespace detail {
namespace {

constexpr std::array refused{"abort",   "attach",   "begin",  "checkpoint", "close",     "commit",
                             "copy",    "declare",  "detach", "deallocate", "discard",   "end",
                             "execute", "fetch",    "listen", "move",       "notify",    "pragma",
                             "prepare", "release",  "reset",  "rollback",   "savepoint", "set",
                             "start",   "unlisten", "vacuum"};

bool is_space(char letter) {
  return std::isspace(static_cast<unsigned char>(letter)) != 0;
}

/// Behind a comment between /* and */ that begins at `at`.
std::size_t end_of_long_comment(std::string_view text, std::size_t at, bool nests) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const std::string_view here = text.substr(at, 2);
    const bool opens = here == "/*" && (nests || depth == 0);
    const bool closes = here == "*/";
    if (opens) ++depth;
    if (closes) --depth;
    at += opens || closes ? 2 : 1;
    if (depth == 0) return at;
  }
  return text.size();
}

/// What begins a statement, behind spaces, comments and semicolons, in small letters.
std::string first_word(std::string_view statement, sql_comments comments) {
  while (!statement.empty()) {
    if (is_space(statement.front()) || statement.front() == ';') {
      statement.remove_prefix(1);
    } else if (const std::size_t end = end_of_comment(statement, 0, comments); end > 0) {
      statement.remove_prefix(end);
    } else {
      break;
    }
  }
  std::string word;
  for (const char letter : statement) {
    if (std::isalpha(static_cast<unsigned char>(letter)) == 0) break;
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return word;
}

}  // namespace

std::size_t end_of_comment(std::string_view text, std::size_t at, sql_comments comments) {
  const bool is_postgres = comments == sql_comments::of_postgres;
  const std::string_view here = text.substr(at, 2);
  if (here == "/*") return end_of_long_comment(text, at, is_postgres);
  if (here != "--") return at;
  return std::min(text.find_first_of(is_postgres ? "\n\r" : "\n", at), text.size());
}

result<void> check_statement(std::string_view statement, sql_comments comments) {
  const std::string word = first_word(statement, comments);
  if (std::find(refused.begin(), refused.end(), word) == refused.end()) return {};
  return error{error::code::bad_input,
               "a read model must not run \"" + word +
                   "\": its statements share a transaction with its checkpoint"};
}

std::string_view sql_kind(const sql_value& value) noexcept {
  constexpr std::array<std::string_view, std::variant_size_v<sql_value>> kinds{
      "NULL", "a whole number", "a double", "a bool", "a text", "bytes"};
  return kinds.at(value.index());
}

}  // namespace detail

void sql_row::refuse(std::size_t column) const {
  const std::string name = "column " + std::to_string(column) + " of a row of SQL";
  if (column >= columns_.size()) {
    return store_.fail({error::code::bad_input,
                        name + ": it has " + std::to_string(columns_.size()) + ", from 0 on"});
  }
  store_.fail({error::code::bad_input,
               name + " is " + std::string{detail::sql_kind(columns_[column])} +
                   ", which is not what was asked for"});
}

detail::sql_session* sql::usable() const {
  detail::table_store& tables = store();
  if (tables.failed()) return nullptr;
  if (detail::sql_session* const session = tables.sql()) return session;
  tables.fail({error::code::bad_config,
               "cairn::sql: this read model is not stored in a database; see "
               "read_model_options::stored_in"});
  return nullptr;
}

void sql::refuse_parameter(std::size_t place) const {
  store().fail({error::code::bad_input,
                "parameter " + std::to_string(place + 1) +
                    " of a statement: databases have no whole number so large"});
}

}  // namespace cairn

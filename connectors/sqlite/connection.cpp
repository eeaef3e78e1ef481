#include "connection.hpp"

#include "cairn/assert.hpp"
#include "cairn/detail/sql_session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace cairn::sqlite {
namespace {

/// So much of a statement is shown in a message.
constexpr std::size_t shown_max = 200;

std::string shown(std::string_view text) {
  if (text.size() <= shown_max) return "\"" + std::string{text} + "\"";
  return "\"" + std::string{text.substr(0, shown_max)} + "...\"";
}

error::code code_of(int result_code, int system_error) {
  switch (result_code & 0xFF) {
    case SQLITE_FULL: return error::code::store_full;
    case SQLITE_IOERR:
      return system_error == ENOSPC ? error::code::store_full : error::code::storage_failed;
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL: return error::code::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return error::code::corrupt;
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_NOLFS:
    case SQLITE_INTERNAL: return error::code::storage_failed;
    // Numbers of another library; what is left is about the statement.
    default: return error::code::bad_input;
  }
}

/// SQLite does not tell capitals from small letters.
bool is_ours(const char* name) {
  constexpr std::string_view beginning = "cairn_";
  return name != nullptr &&
         sqlite3_strnicmp(name, beginning.data(), static_cast<int>(beginning.size())) == 0;
}

/// Asked while a statement of a read model is prepared.
int authorize(void* /*unused*/,
              int action,
              const char* first,
              const char* second,
              const char* /*database*/,
              const char* /*trigger*/) {
  switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH: return SQLITE_DENY;
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_DROP_TABLE:
    case SQLITE_CREATE_TABLE:
    // What is called as ours is not forgotten with the model, and would be in its way later.
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_VTABLE: return is_ours(first) ? SQLITE_DENY : SQLITE_OK;
    // With the name of a table behind its own, or behind that of the database.
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_ALTER_TABLE: return is_ours(first) || is_ours(second) ? SQLITE_DENY : SQLITE_OK;
    default: return SQLITE_OK;
  }
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n;") == text.npos;
}

}  // namespace

statement::statement(connection& of, slot& kept)
    : of_(&of), kept_(&kept), handle_(kept.handle.get()) {
  kept.busy = true;
}

statement::statement(connection& of, statement_handle own)
    : of_(&of), own_(std::move(own)), handle_(own_.get()) {}

statement::statement(statement&& other) noexcept
    : of_(other.of_),
      kept_(std::exchange(other.kept_, nullptr)),
      own_(std::move(other.own_)),
      handle_(std::exchange(other.handle_, nullptr)) {}

statement::~statement() {
  if (handle_ == nullptr) return;
  begin_again();
  // A view of a parameter must not be looked at any more.
  sqlite3_clear_bindings(handle_);
  if (kept_ != nullptr) kept_->busy = false;
}

result<void> statement::bind(std::span<const detail::sql_value> parameters) {
  const int wanted = sqlite3_bind_parameter_count(handle_);
  if (!std::cmp_equal(wanted, parameters.size())) {
    return error{error::code::bad_input,
                 "the statement has " + std::to_string(wanted) + " parameters, and " +
                     std::to_string(parameters.size()) + " are given, in " +
                     shown(sqlite3_sql(handle_))};
  }
  int place = 0;
  for (const detail::sql_value& value : parameters) {
    ++place;
    const int done = std::visit(
        [&]<class T>(const T& one) {
          if constexpr (std::is_same_v<T, std::monostate>) {
            return sqlite3_bind_null(handle_, place);
          } else if constexpr (std::is_same_v<T, double>) {
            return sqlite3_bind_double(handle_, place, one);
          } else if constexpr (std::is_same_v<T, std::string_view>) {
            // Without a pointer it would be NULL.
            const char* const text = one.data() != nullptr ? one.data() : "";
            return sqlite3_bind_text64(
                handle_, place, text, one.size(), SQLITE_STATIC, SQLITE_UTF8);
          } else if constexpr (std::is_same_v<T, byte_view>) {
            if (one.empty()) return sqlite3_bind_zeroblob(handle_, place, 0);
            return sqlite3_bind_blob64(handle_, place, one.data(), one.size(), SQLITE_STATIC);
          } else {
            return sqlite3_bind_int64(handle_, place, one);
          }
        },
        value);
    if (done == SQLITE_TOOBIG) {
      return error{error::code::too_large,
                   "parameter " + std::to_string(place) + " of a statement"};
    }
    if (done != SQLITE_OK) return of_->failure(done, shown(sqlite3_sql(handle_)));
  }
  return {};
}

result<bool> statement::step() {
  const int done = sqlite3_step(handle_);
  if (done == SQLITE_ROW) return true;
  if (done == SQLITE_DONE) return false;
  return of_->failure(done, shown(sqlite3_sql(handle_)));
}

void statement::begin_again() noexcept {
  sqlite3_reset(handle_);
}

detail::sql_value statement::column(int which) const {
  switch (sqlite3_column_type(handle_, which)) {
    case SQLITE_INTEGER: return sqlite3_column_int64(handle_, which);
    case SQLITE_FLOAT: return sqlite3_column_double(handle_, which);
    case SQLITE_TEXT: return as_text(bytes(which));
    case SQLITE_BLOB: return bytes(which);
    // SQLITE_NULL: the numbers are another library's.
    default: return {};
  }
}

byte_view statement::bytes(int which) const {
  const auto* const from = static_cast<const std::byte*>(sqlite3_column_blob(handle_, which));
  return {from, static_cast<std::size_t>(sqlite3_column_bytes(handle_, which))};
}

result<std::unique_ptr<connection>> connection::open(const std::filesystem::path& file,
                                                     use what_for,
                                                     const options& settings) {
  std::unique_ptr<connection> made{new connection{what_for}};
  const int create = what_for == use::writing ? SQLITE_OPEN_CREATE : 0;
  const int opened = sqlite3_open_v2(
      file.c_str(), &made->handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | create, nullptr);
  if (made->handle_ == nullptr) return error{error::code::storage_failed, "SQLite has no memory"};
  if (opened != SQLITE_OK) return made->failure(opened, "opening " + file.string());
  sqlite3_extended_result_codes(made->handle_, 1);
  if (auto done = made->set_up(settings); !done) {
    return error{done.error().what, file.string() + ": " + done.error().detail};
  }
  return made;
}

connection::~connection() {
  kept_.clear();
  sqlite3_close_v2(handle_);
}

result<void> connection::set_up(const options& settings) {
  const auto longest = std::min<std::int64_t>(settings.wait_max.count(), 1'000'000'000);
  sqlite3_busy_timeout(handle_, static_cast<int>(longest));
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (what_for_ == use::writing) {
    if (auto done = keep_log(); !done) return done;
  }
  std::vector<std::string> pragmas{"pragma temp_store = memory"};
  if (what_for_ == use::reading) {
    pragmas.emplace_back("pragma query_only = on");
  } else {
    const bool full = settings.sync == options::sync_mode::full;
    pragmas.emplace_back(full ? "pragma synchronous = full" : "pragma synchronous = normal");
    // 64 MiB of pages, and a log that becomes small again after a large batch.
    pragmas.emplace_back("pragma cache_size = -65536");
    pragmas.emplace_back("pragma journal_size_limit = 67108864");
  }
  for (const std::string& one : pragmas) {
    if (auto done = run(one); !done) return done;
  }
  if (what_for_ == use::reading || settings.file_bytes_max == 0) return {};
  auto page_size = prepare("pragma page_size");
  if (!page_size) return page_size.error();
  if (auto found = page_size->step(); !found) return found.error();
  const auto page_bytes = static_cast<std::uint64_t>(page_size->number(0));
  return run("pragma max_page_count = " +
             std::to_string(std::max<std::uint64_t>(settings.file_bytes_max / page_bytes, 1)));
}

/// Readers see a picture, and wait for nobody, because there is one.
result<void> connection::keep_log() {
  // SQLite would open it all the same, and fail once something is to be written.
  if (sqlite3_db_readonly(handle_, "main") == 1) {
    return error{error::code::io_failed, "the file must not be written"};
  }
  auto asked = prepare("pragma journal_mode = wal");
  if (!asked) return asked.error();
  if (auto row = asked->step(); !row) return row.error();
  // Where that cannot be, it stays with the mode that it has, and says so.
  const std::string mode{as_text(asked->bytes(0))};
  if (mode == "wal") return {};
  return error{error::code::bad_config,
               "SQLite cannot keep a write-ahead log there, and stays in journal_mode " + mode +
                   ": it needs a local disk, with shared memory for files"};
}

result<statement> connection::prepare(std::string_view text) {
  return find_or_prepare(text, false);
}

result<statement> connection::prepare_for_user(std::string_view text) {
  return find_or_prepare(text, true);
}

result<statement> connection::find_or_prepare(std::string_view text, bool for_user) {
  const auto found = kept_.find(text);
  if (found != kept_.end() && !found->second->busy && found->second->for_user == for_user) {
    found->second->last_use = ++uses_;
    return statement{*this, *found->second};
  }
  auto made = make(text, for_user);
  if (!made) return made.error();
  if (found != kept_.end()) return statement{*this, *std::move(made)};
  make_room();
  auto kept = std::make_unique<statement::slot>();
  kept->handle = *std::move(made);
  kept->for_user = for_user;
  kept->last_use = ++uses_;
  statement::slot& slot = *kept;
  kept_.emplace(text, std::move(kept));
  return statement{*this, slot};
}

result<statement_handle> connection::make(std::string_view text, bool for_user) {
  if (for_user) {
    const auto good = detail::check_statement(text, detail::sql_comments::of_sqlite);
    if (!good) return good.error();
    sqlite3_set_authorizer(handle_, &authorize, nullptr);
  }
  sqlite3_stmt* made = nullptr;
  const char* rest = nullptr;
  const int done = sqlite3_prepare_v3(
      handle_, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT, &made, &rest);
  if (for_user) sqlite3_set_authorizer(handle_, nullptr, nullptr);
  statement_handle handle{made};
  if (done != SQLITE_OK) return failure(done, shown(text));
  if (made == nullptr) {
    return error{error::code::bad_input, "there is no statement in " + shown(text)};
  }
  if (!is_blank(text.substr(static_cast<std::size_t>(rest - text.data())))) {
    return error{error::code::bad_input, "one statement at a time: " + shown(text)};
  }
  if (for_user && what_for_ == use::reading && sqlite3_stmt_readonly(made) == 0) {
    return error{error::code::bad_input, "a query must only read: " + shown(text)};
  }
  return handle;
}

void connection::make_room() {
  while (kept_.size() >= kept_max) {
    auto oldest = kept_.end();
    for (auto one = kept_.begin(); one != kept_.end(); ++one) {
      if (one->second->busy) continue;
      if (oldest == kept_.end() || one->second->last_use < oldest->second->last_use) oldest = one;
    }
    // As many as may be kept are in use, by visits within visits.
    if (oldest == kept_.end()) return;
    kept_.erase(oldest);
  }
}

result<void> connection::run(std::string_view text, std::span<const detail::sql_value> parameters) {
  auto prepared = prepare(text);
  if (!prepared) return prepared.error();
  if (auto bound = prepared->bind(parameters); !bound) return bound;
  while (true) {
    const auto row = prepared->step();
    if (!row) return row.error();
    if (!*row) return {};
  }
}

void connection::roll_back() noexcept {
  // A full disk, for one, may have ended it already.
  if (in_transaction()) sqlite3_exec(handle_, "rollback", nullptr, nullptr, nullptr);
}

error connection::failure(int code, std::string_view doing) const {
  return {code_of(code, sqlite3_system_errno(handle_)),
          "SQLite: " + std::string{sqlite3_errmsg(handle_)} + ", in " + std::string{doing}};
}

}  // namespace cairn::sqlite

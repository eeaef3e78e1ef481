#pragma once

#include "connection.hpp"
#include "sqlite_session.hpp"

#include "cairn/bytes.hpp"
#include "cairn/persistence/views.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn::sqlite {

/// The statements for the rows of one table, whose name in the database is `name`.
struct row_statements {
  explicit row_statements(std::string table_name);

  std::string name;
  std::string get;
  std::string insert;
  std::string update;
  std::string erase;
  std::string walk;
  std::string walk_from;
  std::string walk_back;
  std::string walk_back_from;
};

/// All tables of a view. Fixed once the view is open.
struct table_set {
  explicit table_set(persistence::view_options of);

  persistence::view_options settings;
  std::vector<row_statements> tables;
};

/// A read model's tables within one transaction of a connection.
class sqlite_tables final : public detail::table_store {
 public:
  /// @pre both outlive this
  sqlite_tables(connection& within, const table_set& set);

  [[nodiscard]] std::optional<byte_view> get(std::size_t table, byte_view key) override;
  void put(std::size_t table, byte_view key, byte_view value) override;
  void erase(std::size_t table, byte_view key) override;
  [[nodiscard]] std::uint64_t count(std::size_t table) override;
  [[nodiscard]] std::unique_ptr<cursor> walk(std::size_t table, byte_view first) override;
  [[nodiscard]] std::unique_ptr<cursor> walk_back(std::size_t table, byte_view end) override;
  [[nodiscard]] detail::sql_session* sql() noexcept override { return &session_; }

  /// Stores how many rows there are. The failure of the tables, if there is one.
  [[nodiscard]] result<void> finish();

  /// Fails the store by what SQLite says; damage is not the event's fault.
  void fail_by(const error& why);

 private:
  /// Runs a statement that changes rows. False: it has changed none, or failed.
  [[nodiscard]] bool change(const std::string& text,
                            std::initializer_list<detail::sql_value> parameters);
  [[nodiscard]] std::unique_ptr<cursor> open_cursor(const std::string& all,
                                                    const std::string& bounded,
                                                    byte_view bound);

  connection& within_;
  const table_set& set_;
  sqlite_session session_;
  byte_buffer found_;
  /// What this transaction has changed.
  std::vector<std::int64_t> more_rows_;
  /// What get() has found last, for the put() that follows it.
  std::size_t last_table_ = 0;
  std::string last_key_;
  bool last_was_there_ = false;
};

}  // namespace cairn::sqlite

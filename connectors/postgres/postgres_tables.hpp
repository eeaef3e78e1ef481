#pragma once

#include "connection.hpp"
#include "postgres_session.hpp"
#include "row_cache.hpp"

#include "cairn/bytes.hpp"
#include "cairn/persistence/views.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cairn::postgres {

/// The statements for the rows of one table, whose name in the database is `name`.
struct row_statements {
  explicit row_statements(std::string table_name);

  std::string name;
  std::string get;
  std::string put;
  std::string erase;
  std::string walk_from;
  std::string walk_behind;
  std::string walk_back;
  std::string walk_back_before;
};

/// All tables of a view. Fixed once the view is open.
struct table_set {
  explicit table_set(persistence::view_options of);

  persistence::view_options settings;
  std::vector<row_statements> tables;
};

/// A read model's tables within one transaction of a connection. Changes are gathered and sent in
/// bulk: before a walk, and at the end. So what is read in between comes from what was gathered,
/// from the cache, or by asking the server.
class postgres_tables final : public detail::table_store {
 public:
  /// @param cache null: for one who only reads. @pre all outlive this
  postgres_tables(connection& within,
                  const table_set& set,
                  const options& settings,
                  row_cache* cache);

  [[nodiscard]] std::optional<byte_view> get(std::size_t table, byte_view key) override;
  void put(std::size_t table, byte_view key, byte_view value) override;
  void erase(std::size_t table, byte_view key) override;
  [[nodiscard]] std::uint64_t count(std::size_t table) override;
  [[nodiscard]] std::unique_ptr<cursor> walk(std::size_t table, byte_view first) override;
  [[nodiscard]] std::unique_ptr<cursor> walk_back(std::size_t table, byte_view end) override;
  [[nodiscard]] detail::sql_session* sql() noexcept override { return &session_; }
  void settle() override;

  /// Sends what is left, and how many rows there are. The failure of the tables, if there is one.
  [[nodiscard]] result<void> finish();
  /// The transaction is stored: the cache may have its rows.
  void keep_in_cache();

  /// Fails by what has failed in the connection, if something has.
  void heed_failure();
  [[nodiscard]] const std::optional<detail::applied_event>& event_now() const noexcept {
    return event();
  }

 private:
  class page_cursor;
  struct change {
    /// Nothing: the row is erased.
    std::optional<std::string> value;
    bool is_sent = false;
  };
  using change_map = std::unordered_map<std::string, change>;

  /// So much is gathered at most before it is sent.
  static constexpr std::uint64_t unsent_bytes_max = std::uint64_t{2} << 20U;

  void note(std::size_t table, byte_view key, std::optional<std::string> value);
  void wait_for_answers();
  /// Sends what has been gathered.
  void send_changes();
  void send_changes_of(std::size_t table);
  /// The answer of one of our statements; null when it, or one before it, has failed.
  [[nodiscard]] answer ask(const std::string& text, std::span<const detail::sql_value> parameters);

  connection& within_;
  const table_set& set_;
  row_cache* const cache_;
  postgres_session session_;
  byte_buffer found_;
  std::string key_;
  /// What this transaction has changed, all of it: it is read from here.
  std::vector<change_map> changes_;
  /// Those that have not been sent; names in changes_.
  std::vector<std::vector<const std::string*>> unsent_;
  std::uint64_t unsent_bytes_ = 0;
  /// Rows that are more, or fewer, than at the beginning; of what has been sent and answered.
  std::vector<std::int64_t> more_rows_;
};

}  // namespace cairn::postgres

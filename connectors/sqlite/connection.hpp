#pragma once

#include "cairn/detail/sql_value.hpp"
#include "cairn/result.hpp"
#include "cairn/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cairn::sqlite {

struct statement_closer {
  void operator()(sqlite3_stmt* one) const noexcept { sqlite3_finalize(one); }
};
using statement_handle = std::unique_ptr<sqlite3_stmt, statement_closer>;

class connection;

/// A prepared statement, in use until this is dropped. One thread; not longer than its connection.
class statement {
 public:
  statement(statement&& other) noexcept;
  statement& operator=(statement&&) = delete;
  ~statement();

  /// Parameters are counted from 0. Texts and bytes are borrowed until the statement is dropped or
  /// begun again. bad_input: another number of parameters. too_large.
  [[nodiscard]] result<void> bind(std::span<const detail::sql_value> parameters);
  /// True: there is a row.
  [[nodiscard]] result<bool> step();
  /// To run once more, with other parameters.
  void begin_again() noexcept;

  /// Whether it changes nothing.
  [[nodiscard]] bool only_reads() const noexcept { return sqlite3_stmt_readonly(handle_) != 0; }
  [[nodiscard]] int columns() const noexcept { return sqlite3_column_count(handle_); }
  /// Valid until the next step.
  [[nodiscard]] detail::sql_value column(int which) const;
  [[nodiscard]] byte_view bytes(int which) const;
  [[nodiscard]] std::int64_t number(int which) const {
    return sqlite3_column_int64(handle_, which);
  }

 private:
  friend connection;
  struct slot;

  statement(connection& of, slot& kept);
  statement(connection& of, statement_handle own);

  connection* of_;
  /// Null: nobody keeps it.
  slot* kept_ = nullptr;
  statement_handle own_;
  sqlite3_stmt* handle_;
};

/// A connection to a file. One thread at a time.
class connection {
 public:
  enum class use : std::uint8_t { writing, reading };

  /// Creates the file when it is opened for writing. Also io_failed and bad_config then, when it
  /// cannot be written as it must be.
  [[nodiscard]] static result<std::unique_ptr<connection>> open(const std::filesystem::path& file,
                                                                use what_for,
                                                                const options& settings);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// A statement of ours.
  [[nodiscard]] result<statement> prepare(std::string_view text);
  /// One of a read model, which must keep off what is ours. bad_input: it is refused.
  [[nodiscard]] result<statement> prepare_for_user(std::string_view text);
  /// Runs a statement of ours and forgets its rows.
  [[nodiscard]] result<void> run(std::string_view text,
                                 std::span<const detail::sql_value> parameters = {});

  /// Rows that the last statement has changed.
  [[nodiscard]] std::int64_t changed() const noexcept { return sqlite3_changes64(handle_); }
  [[nodiscard]] bool in_transaction() const noexcept {
    return sqlite3_get_autocommit(handle_) == 0;
  }
  /// Undoes a transaction, if there is one.
  void roll_back() noexcept;

  /// What has gone wrong last. store_full, unavailable (somebody else writes), corrupt,
  /// storage_failed; otherwise bad_input: it is the statement's fault.
  [[nodiscard]] error failure(int code, std::string_view doing) const;

 private:
  friend statement;

  /// Prepared statements that are kept at most.
  static constexpr std::size_t kept_max = 256;

  explicit connection(use what_for) : what_for_(what_for) {}
  [[nodiscard]] result<void> set_up(const options& settings);
  /// io_failed: the file is only for reading. bad_config: its file system takes no such log.
  [[nodiscard]] result<void> keep_log();
  [[nodiscard]] result<statement> find_or_prepare(std::string_view text, bool for_user);
  [[nodiscard]] result<statement_handle> make(std::string_view text, bool for_user);
  void make_room();

  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  sqlite3* handle_ = nullptr;
  const use what_for_;
  std::unordered_map<std::string, std::unique_ptr<statement::slot>, text_hash, std::equal_to<>>
      kept_;
  std::uint64_t uses_ = 0;
};

/// A prepared statement that waits for its next use.
struct statement::slot {
  statement_handle handle;
  bool for_user = false;
  bool busy = false;
  std::uint64_t last_use = 0;
};

}  // namespace cairn::sqlite

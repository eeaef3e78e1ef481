#pragma once

#include "cairn/assert.hpp"
#include "cairn/detail/sql_session.hpp"
#include "cairn/detail/sql_value.hpp"
#include "cairn/detail/table_store.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// A read model that is stored in a database may have SQL of its own beside its tables, or instead:
//
//   struct tables {
//     cairn::sql sql;
//     template <class Ar> void serialize(Ar& ar, unsigned) { fields(ar, field("sql", sql)); }
//   };
//   static void create(cairn::sql& db) {
//     db.run("create table balance (id text primary key, cents bigint not null)");
//   }
//   static void apply(tables& now, const cairn::recorded<deposited>& fact) {
//     now.sql.run("insert into balance values (?, ?) on conflict (id) "
//                 "do update set cents = balance.cents + excluded.cents", fact.meta.aggregate_id,
//                 fact->cents);
//   }

namespace cairn {

namespace detail {
class table_binder;
}

/// A row that a statement of SQL gives. Valid during the visit.
class sql_row {
 public:
  sql_row(detail::sql_session::row columns, detail::table_store& store) noexcept
      : columns_(columns), store_(store) {}

  [[nodiscard]] std::size_t size() const noexcept { return columns_.size(); }

  /// The column, counted from 0, as a `T`: an integer, a double, a bool, std::string,
  /// std::vector<std::byte>, or a std::optional of one of these. When it is something else, an
  /// empty `T`, and the statement has failed (bad_input).
  template <class T> [[nodiscard]] T get(std::size_t column) const {
    if (column < columns_.size()) {
      if (auto value = detail::from_sql<T>(columns_[column])) return *std::move(value);
    }
    refuse(column);
    return T{};
  }

 private:
  void refuse(std::size_t column) const;

  detail::sql_session::row columns_;
  detail::table_store& store_;
};

/// Parameters of a statement that is put together by a program. Texts and bytes are borrowed.
class sql_parameters {
 public:
  template <class T> void add(const T& value) {
    const bool fits = detail::fits_sql(value);
    if (!fits && !out_of_range_) out_of_range_ = values_.size();
    values_.push_back(fits ? detail::to_sql(value) : detail::sql_value{});
  }

 private:
  friend class sql;

  std::vector<detail::sql_value> values_;
  /// The place of the first one that is no number of SQL.
  std::optional<std::size_t> out_of_range_;
};

/// SQL in the database that a read model is stored in (read_model_options::stored_in), within the
/// transaction that holds its rows and its checkpoint.
///
/// Usable inside `apply` and `create` (all of it) and `query` (what is const, and only to read).
/// One thread. A parameter is written `?`; it is an integer, a double, a bool, text, bytes, or a
/// std::optional of one of these.
///
/// What fails does not show here: from then on nothing is done and no row is found, and the event
/// has failed, with the database's words (bad_input); see read_model_options::on_failure. Of a
/// query it is the answer. When the database cannot be reached, or its disk is full, that is not
/// the event's fault: the read model waits, and goes on by itself.
///
/// Statements are prepared once, so what changes belongs into parameters. They must not begin or
/// end transactions. Of `apply` and `create`, only what is in the database is undone and done
/// again.
class sql {
 public:
  /// Runs a statement whose rows, if it has any, are of no interest. It may be put off until rows
  /// are read, so that many need no answer each.
  template <class... Parameters>
  void run(std::string_view statement, const Parameters&... parameters) {
    with([&](detail::sql_session& session,
             std::span<const detail::sql_value> values) { session.run(statement, values); },
         parameters...);
  }

  /// Calls `visit(const sql_row&)` for each row of a statement. A visit that returns bool ends that
  /// by returning false; it may run other statements.
  template <class Visit, class... Parameters>
  void each(std::string_view statement, Visit&& visit, const Parameters&... parameters) const {
    with(
        [&](detail::sql_session& session, std::span<const detail::sql_value> values) {
          visit_rows(session, statement, values, visit);
        },
        parameters...);
  }

  /// The same where the number of parameters is only known when the statement is made. What these
  /// borrow must live until the call returns.
  template <class Visit>
  void each_with(std::string_view statement,
                 const sql_parameters& parameters,
                 Visit&& visit) const {
    if (parameters.out_of_range_) return refuse_parameter(*parameters.out_of_range_);
    if (detail::sql_session* const session = usable()) {
      visit_rows(*session, statement, parameters.values_, visit);
    }
  }

  /// The first column of the first row; nothing when there is no row.
  template <class T, class... Parameters>
  [[nodiscard]] std::optional<T> one(std::string_view statement,
                                     const Parameters&... parameters) const {
    std::optional<T> found;
    each(
        statement,
        [&found](const sql_row& row) {
          found.emplace(row.template get<T>(0));
          return false;
        },
        parameters...);
    return found;
  }

 private:
  friend detail::table_binder;

  [[nodiscard]] detail::table_store& store() const {
    CAIRN_ASSERT(store_ != nullptr);
    return *store_;
  }

  template <class Visit>
  void visit_rows(detail::sql_session& session,
                  std::string_view statement,
                  std::span<const detail::sql_value> values,
                  Visit& visit) const {
    session.each(statement, values, [&](detail::sql_session::row columns) {
      const sql_row row{columns, store()};
      if constexpr (std::is_same_v<std::invoke_result_t<Visit&, const sql_row&>, bool>) {
        return visit(row);
      } else {
        visit(row);
        return true;
      }
    });
  }

  /// Calls `use` with the session and the parameters, unless something has failed.
  template <class Use, class... Parameters>
  void with(Use use, const Parameters&... parameters) const {
    detail::sql_session* const session = usable();
    if (session == nullptr) return;
    std::size_t fitting = 0;
    if (!((detail::fits_sql(parameters) && ++fitting > 0) && ...)) return refuse_parameter(fitting);
    const std::array<detail::sql_value, sizeof...(Parameters)> values{
        detail::to_sql(parameters)...};
    use(*session, values);
  }

  /// Null when something has failed, or now fails since there is no SQL.
  [[nodiscard]] detail::sql_session* usable() const;
  void refuse_parameter(std::size_t place) const;

  detail::table_store* store_ = nullptr;
};

}  // namespace cairn

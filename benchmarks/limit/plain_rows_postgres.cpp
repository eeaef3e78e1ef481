#include "limit/plain_rows.hpp"

#include <chrono>
#include <libpq-fe.h>
#include <memory>
#include <stdexcept>

namespace bench {
namespace {

struct closer {
  void operator()(PGconn* one) const noexcept { PQfinish(one); }
  void operator()(PGresult* one) const noexcept { PQclear(one); }
};
using session = std::unique_ptr<PGconn, closer>;
using answer = std::unique_ptr<PGresult, closer>;

constexpr const char* schema = "cairn_bench_plain";

session connect(const std::string& connection) {
  session made{PQconnectdb(connection.c_str())};
  if (PQstatus(made.get()) != CONNECTION_OK) throw std::runtime_error{PQerrorMessage(made.get())};
  PQsetNoticeProcessor(
      made.get(), [](void* /*unused*/, const char* /*message*/) {}, nullptr);
  return made;
}

answer run(const session& in, const std::string& text, ExecStatusType expected) {
  answer got{PQexec(in.get(), text.c_str())};
  if (PQresultStatus(got.get()) != expected) throw std::runtime_error{PQerrorMessage(in.get())};
  return got;
}

void put(const session& in, const std::string& lines) {
  if (PQputCopyData(in.get(), lines.data(), static_cast<int>(lines.size())) != 1) {
    throw std::runtime_error{PQerrorMessage(in.get())};
  }
}

}  // namespace

plain_load load_into_postgres(const std::string& connection, const std::vector<plain_row>& rows) {
  const session in = connect(connection);
  const std::string name{schema};
  run(in, "drop schema if exists " + name + " cascade", PGRES_COMMAND_OK);
  run(in, "create schema " + name, PGRES_COMMAND_OK);
  run(in,
      "create table " + name +
          ".placed (place bigint primary key, id text not null, amount bigint not null)",
      PGRES_COMMAND_OK);
  plain_load out;
  const auto begin = std::chrono::steady_clock::now();
  run(in, "copy " + name + ".placed from stdin", PGRES_COPY_IN);
  constexpr std::size_t piece = 60'000;
  std::string lines;
  for (const plain_row& one : rows) {
    lines.append(std::to_string(one.place)).append(1, '\t').append(one.id).append(1, '\t');
    lines.append(std::to_string(one.amount)).append(1, '\n');
    if (lines.size() < piece) continue;
    put(in, lines);
    lines.clear();
  }
  put(in, lines);
  if (PQputCopyEnd(in.get(), nullptr) != 1) throw std::runtime_error{PQerrorMessage(in.get())};
  const answer done{PQgetResult(in.get())};
  if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) {
    throw std::runtime_error{PQerrorMessage(in.get())};
  }
  while (answer{PQgetResult(in.get())}) {
  }
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const answer all =
      run(in, "select count(*), sum(amount) from " + name + ".placed", PGRES_TUPLES_OK);
  out.count = std::stoull(PQgetvalue(all.get(), 0, 0));
  out.sum = std::stoll(PQgetvalue(all.get(), 0, 1));
  run(in, "drop schema " + name + " cascade", PGRES_COMMAND_OK);
  return out;
}

void drop_schemas(const std::string& connection, const std::string& prefix) {
  const session in = connect(connection);
  run(in,
      "do $$ declare one text; begin for one in select nspname from pg_namespace where "
      "starts_with(nspname, '" +
          prefix + "') loop execute format('drop schema %I cascade', one); end loop; end $$",
      PGRES_COMMAND_OK);
}

}  // namespace bench

#include "limit/plain_rows.hpp"

#include <chrono>
#include <memory>
#include <sqlite3.h>
#include <stdexcept>

namespace bench {
namespace {

struct closer {
  void operator()(sqlite3* one) const noexcept { sqlite3_close_v2(one); }
  void operator()(sqlite3_stmt* one) const noexcept { sqlite3_finalize(one); }
};
using database = std::unique_ptr<sqlite3, closer>;
using statement = std::unique_ptr<sqlite3_stmt, closer>;

void check(sqlite3* in, int code) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
    throw std::runtime_error{sqlite3_errmsg(in)};
  }
}

void run(const database& in, const char* text) {
  check(in.get(), sqlite3_exec(in.get(), text, nullptr, nullptr, nullptr));
}

statement prepare(const database& in, const char* text) {
  sqlite3_stmt* made = nullptr;
  check(in.get(), sqlite3_prepare_v2(in.get(), text, -1, &made, nullptr));
  return statement{made};
}

}  // namespace

plain_load load_into_sqlite(const std::filesystem::path& file, const std::vector<plain_row>& rows) {
  sqlite3* made = nullptr;
  const int opened = sqlite3_open(file.c_str(), &made);
  const database in{made};
  check(made, opened);
  run(in, "pragma journal_mode = wal");
  run(in, "pragma synchronous = full");
  run(in,
      "create table placed (place bigint primary key, id text not null, amount bigint not null)");
  plain_load out;
  const auto begin = std::chrono::steady_clock::now();
  run(in, "begin");
  const statement insert = prepare(in, "insert into placed values (?, ?, ?)");
  for (const plain_row& one : rows) {
    sqlite3_bind_int64(insert.get(), 1, static_cast<std::int64_t>(one.place));
    sqlite3_bind_text(
        insert.get(), 2, one.id.data(), static_cast<int>(one.id.size()), SQLITE_STATIC);
    sqlite3_bind_int64(insert.get(), 3, one.amount);
    check(made, sqlite3_step(insert.get()));
    sqlite3_reset(insert.get());
  }
  run(in, "commit");
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const statement all = prepare(in, "select count(*), sum(amount) from placed");
  check(made, sqlite3_step(all.get()));
  out.count = static_cast<std::uint64_t>(sqlite3_column_int64(all.get(), 0));
  out.sum = sqlite3_column_int64(all.get(), 1);
  return out;
}

}  // namespace bench

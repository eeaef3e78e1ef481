#include "limit/plain_rows.hpp"

#include <lmdb.h>

#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace bench {
namespace {

void check(int code) {
  if (code != MDB_SUCCESS) throw std::runtime_error{mdb_strerror(code)};
}

struct environment_closer {
  void operator()(MDB_env* one) const noexcept { mdb_env_close(one); }
};

/// Most significant byte first, so that keys are in the order of places.
std::array<unsigned char, 8> key_of(std::uint64_t place) {
  std::array<unsigned char, 8> key{};
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<unsigned char>(place >> (56U - 8U * i));
  }
  return key;
}

}  // namespace

plain_load load_into_lmdb(const std::filesystem::path& directory,
                          const std::vector<plain_row>& rows) {
  std::filesystem::create_directories(directory);
  MDB_env* made = nullptr;
  check(mdb_env_create(&made));
  const std::unique_ptr<MDB_env, environment_closer> env{made};
  check(mdb_env_set_mapsize(env.get(), std::size_t{64} << 30U));
  check(mdb_env_open(env.get(), directory.c_str(), 0, 0640));
  plain_load out;
  const auto begin = std::chrono::steady_clock::now();
  MDB_txn* txn = nullptr;
  check(mdb_txn_begin(env.get(), nullptr, 0, &txn));
  MDB_dbi table = 0;
  check(mdb_dbi_open(txn, nullptr, 0, &table));
  std::string value;
  for (const plain_row& one : rows) {
    auto bytes = key_of(one.place);
    value.assign(one.id);
    value.append(reinterpret_cast<const char*>(&one.amount), sizeof one.amount);  // NOLINT
    MDB_val key{bytes.size(), bytes.data()};
    MDB_val data{value.size(), value.data()};
    check(mdb_put(txn, table, &key, &data, MDB_APPEND));
  }
  check(mdb_txn_commit(txn));
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  check(mdb_txn_begin(env.get(), nullptr, MDB_RDONLY, &txn));
  MDB_cursor* cursor = nullptr;
  check(mdb_cursor_open(txn, table, &cursor));
  MDB_val key{};
  MDB_val data{};
  while (mdb_cursor_get(cursor, &key, &data, MDB_NEXT) == MDB_SUCCESS) {
    std::int64_t amount = 0;
    std::memcpy(&amount,
                static_cast<const char*>(data.mv_data) + data.mv_size - sizeof amount,
                sizeof amount);
    ++out.count;
    out.sum += amount;
  }
  mdb_cursor_close(cursor);
  mdb_txn_abort(txn);
  return out;
}

}  // namespace bench

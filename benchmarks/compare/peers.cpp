#include "compare/peers.hpp"

namespace bench {

std::vector<peer_kind> all_peers() {
  [[maybe_unused]] const auto not_built = [](const char* key, const char* name) {
    peer_kind absent;
    absent.key = key;
    absent.name = name;
    absent.absence = "its library was not there when the benchmarks were configured";
    return absent;
  };
  std::vector<peer_kind> all;
#ifdef CAIRN_COMPARES_POSTGRES
  all.push_back(postgres_kind());
#else
  all.push_back(not_built("postgres", "PostgreSQL"));
#endif
#ifdef CAIRN_COMPARES_REDIS
  all.push_back(redis_kind());
#else
  all.push_back(not_built("redis", "Redis"));
#endif
#ifdef CAIRN_COMPARES_SQLITE
  all.push_back(sqlite_kind());
#else
  all.push_back(not_built("sqlite", "SQLite"));
#endif
#ifdef CAIRN_COMPARES_ROCKSDB
  all.push_back(rocksdb_kind());
#else
  all.push_back(not_built("rocksdb", "RocksDB"));
#endif
#ifdef CAIRN_COMPARES_NATS
  all.push_back(nats_kind());
#else
  all.push_back(not_built("nats", "NATS JetStream"));
#endif
  return all;
}

}  // namespace bench

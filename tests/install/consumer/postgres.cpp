#include <cairn/postgres.hpp>

int main() {
  const auto storage = cairn::postgres::database("host=/nowhere");
  return storage.takes_sql ? 0 : 1;
}

#include <cairn/sqlite.hpp>

int main() {
  const auto storage = cairn::sqlite::folder("nowhere");
  return storage.takes_sql ? 0 : 1;
}

// expect: this table has no index of that name
#include "cairn/table.hpp"

struct row {
  int spent = 0;
  template <class Ar> void serialize(Ar& ar, unsigned /*version*/) { cairn::fields(ar, spent); }
};

inline void look(const cairn::table<int, row, cairn::indexed_by<"spent", &row::spent>>& rows) {
  rows.by<"country">().all([](int, const row&) {});
}

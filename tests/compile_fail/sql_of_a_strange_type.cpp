// expect: a parameter or column of SQL is an integer
#include "cairn/sql.hpp"

struct point {};

void ask(const cairn::sql& database) {
  (void)database.one<point>("select 1");
}

#include "fines/app/batch_reader.hpp"

#include <algorithm>

namespace fines {

batch batch_reader::next() {
  batch some;
  support::fill_batch(rows_, size_, then_, complaints_, some, [this, &some](const log_row& row) {
    some.lines.push_back({.id = row.id,
                          .wish = take_over{row.fact},
                          .options = {.command_id = "row/" + std::to_string(rows_.row_number())}});
    some.file_lines.push_back(rows_.line());
    const calendar_day day = entry_of(row.fact).at.date;
    latest_ = std::max(latest_.value_or(day), day);
  });
  return some;
}

}  // namespace fines

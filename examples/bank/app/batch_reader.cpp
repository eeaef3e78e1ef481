#include "bank/app/batch_reader.hpp"

namespace bank {

batch batch_reader::next() {
  batch some;
  support::fill_batch(rows_, size_, then_, complaints_, some, [this, &some](const log_row& row) {
    some.lines.push_back({.id = row.account,
                          .wish = record_movement{row.entry},
                          .options = {.command_id = "row/" + std::to_string(row.entry.row)}});
    some.file_lines.push_back(rows_.line());
  });
  return some;
}

}  // namespace bank

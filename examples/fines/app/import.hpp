#pragma once

#include "fines/app/store.hpp"
#include "support/batches.hpp"

namespace fines {

/// Sends each row of the file as one command to its case; once all are in, closes the day of the
/// latest one, or the calendar's last one before it.
///
/// May be interrupted at any moment and run again: what is there already is not counted twice. A
/// stop signal lets the batch in flight finish. Before a malformed row it stops, unless told to
/// skip.
[[nodiscard]] exit_code import_file(const cairn::config& settings,
                                    const support::import_options& options);

}  // namespace fines

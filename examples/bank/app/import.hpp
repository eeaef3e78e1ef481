#pragma once

#include "bank/app/store.hpp"
#include "support/batches.hpp"

namespace bank {

/// Sends each row of the file as one command; an account is opened by its first movement.
///
/// May be interrupted at any moment and run again: what is there already is not counted twice. A
/// stop signal lets the batch in flight finish. Before a malformed row it stops, unless told to
/// skip.
[[nodiscard]] exit_code import_file(const cairn::config& settings,
                                    const support::import_options& options);

}  // namespace bank

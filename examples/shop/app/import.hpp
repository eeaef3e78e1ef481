#pragma once

#include "shop/app/exit_code.hpp"
#include "support/batches.hpp"

#include <cairn/config.hpp>

namespace shop {

using support::import_options;

/// Sends each row of the file as one command, and opens an account for each customer.
///
/// May be interrupted at any moment and run again: what is there already is not counted twice. A
/// stop signal lets the batch in flight finish. Before a malformed row it stops, unless told to
/// skip.
[[nodiscard]] exit_code import_file(const cairn::config& settings, const import_options& options);

}  // namespace shop

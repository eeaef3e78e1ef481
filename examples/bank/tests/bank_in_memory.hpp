#pragma once

#include "bank/domain/account.hpp"
#include "bank/read_models/kinds.hpp"
#include "bank/read_models/ledger.hpp"
#include "bank/read_models/months.hpp"

#include <cairn/cairn.hpp>

namespace bank::testing {

/// A whole bank that forgets everything at the end.
[[nodiscard]] inline cairn::result<cairn::runtime> start_in_memory() {
  cairn::config settings;
  settings.in_memory = true;
  return cairn::builder{settings}
      .add<account>()
      .add_read_model<ledger>()
      .add_read_model<months>()
      .add_read_model<kinds>()
      .start();
}

}  // namespace bank::testing

#pragma once

#include "bank/domain/account.hpp"

#include "cairn/read_model.hpp"

namespace bank {

/// Where the bank's read models look: at every event that moves money. Each of these events has a
/// `posting_of`.
using movements = cairn::sources<cairn::some_of<account, deposited, withdrawn, movement_recorded>>;

}  // namespace bank

#pragma once

#include "bank/app/store.hpp"
#include "bank/domain/money.hpp"

#include <cairn/cairn.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace bank {

struct transfer_options {
  std::string from;
  std::string to;
  std::int64_t cents = 0;
  business_day date{};
  /// Repeated with the same id, a transfer takes effect once. Empty: each time.
  std::string command_id;
};

/// Which account said no to a transfer, and why.
struct transfer_refusal {
  std::string account;
  account::rejection why{};
};

/// What became of a transfer.
struct transfer_result {
  /// Nothing: it is done.
  std::optional<transfer_refusal> refused = std::nullopt;
  /// It is done, and was before.
  bool repeated = false;
};

/// Moves money from one account to another by one atomic commit: a crash at any moment leaves both
/// movements or none. It is done and durable, or somebody refused it; then neither account has
/// changed. Its id is one between these two accounts. Blocks. @pre from != to
[[nodiscard]] cairn::result<transfer_result> move_money(cairn::runtime& app,
                                                        const transfer_options& options);

/// Transfers `cents`, and prints both accounts.
[[nodiscard]] exit_code transfer(const cairn::config& settings, const transfer_options& options);

}  // namespace bank

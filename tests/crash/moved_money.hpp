#pragma once

#include "support/temporary_store.hpp"
#include "support/transfers.hpp"

#include "cairn/cairn.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace cairn::tests {

inline constexpr std::uint64_t accounts = 8;
inline constexpr std::int64_t first_cents = 10'000;

inline std::string account_id(std::uint64_t number) {
  return "a" + std::to_string(number % accounts);
}

inline std::string transfer_id(std::uint32_t round, std::uint32_t client, std::uint64_t count) {
  return "t" + std::to_string(round) + "-" + std::to_string(client) + "-" + std::to_string(count);
}

inline builder bank_with_transfers(const std::filesystem::path& directory) {
  return builder{small_store(directory)}
      .add<bank::account>()
      .add<bank::transfer>()
      .add_process_manager<bank::transfers>();
}

/// Once, however often it is called.
inline void open_accounts(runtime& app) {
  for (std::uint64_t i = 0; i < accounts; ++i) {
    const auto one = app.aggregate<bank::account>(account_id(i));
    (void)one.ask(bank::open{"x"}, {.command_id = "open"});
    (void)one.ask(bank::deposit{first_cents}, {.command_id = "first"});
  }
}

}  // namespace cairn::tests

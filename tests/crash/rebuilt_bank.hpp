#pragma once

#include "support/bank_models.hpp"
#include "support/temporary_store.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

// The bank that is killed while its read models are built anew: one in tables, one in memory.

namespace cairn::tests {

constexpr std::uint32_t savers = 4;

[[nodiscard]] inline std::string saver_id(std::uint32_t number) {
  return "saver-" + std::to_string(number);
}

[[nodiscard]] inline builder rebuilt_bank(const std::filesystem::path& store,
                                          std::uint16_t partitions) {
  config settings = small_store(store);
  settings.partitions = partitions;
  settings.read_model_snapshot_every = 100;
  return builder{settings}
      .add<bank::account>()
      .add_read_model<holdings>()
      .add_read_model<event_count>();
}

}  // namespace cairn::tests

#include "crash/bank_import.hpp"
#include "crash/run_and_kill.hpp"
#include "support/temporary_directory.hpp"

#include <cstdio>
#include <filesystem>
#include <random>
#include <string>

namespace cairn::tests {
namespace {

/// What the import in this directory comes to once it is through.
std::string end_of_import(const std::filesystem::path& directory) {
  auto app = importing_bank(directory).start();
  if (!app) return describe(app.error());
  if (!import_all(*app, [](std::uint64_t) {})) return "a command was not accepted";
  if (const auto settled = settle_import(*app); !settled) return describe(settled.error());
  return picture_of_import(*app);
}

TEST(KilledImport, EndsTheSameHoweverOftenItWasKilled) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  const unsigned rounds = from_environment("CAIRN_CRASH_ROUNDS", 30);
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory undisturbed;
  const std::string expected = end_of_import(undisturbed.path());
  // Something of every kind has happened.
  for (const auto* what : {"finished", "failed", "withdrawn", "{\"cents\":2}"})
    EXPECT_NE(expected.find(what), std::string::npos) << what;
  const temporary_directory killed;
  for (unsigned round = 0; round < rounds; ++round) {
    // Each round comes a little further, and begins with what is there already.
    const std::size_t least = commands_to_import * round / rounds;
    (void)run_and_kill(IMPORT_CRASHER,
                       killed.path().string(),
                       round,
                       least + 1 + random() % (commands_to_import / 4),
                       "sync",
                       1);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(end_of_import(killed.path()), expected);
}

}  // namespace
}  // namespace cairn::tests

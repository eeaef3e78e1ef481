#include "crash/note.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <random>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX, not C++
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace cairn::tests {
namespace {

struct acknowledged {
  note what;
  std::uint64_t offset = 0;
};

unsigned from_environment(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

/// Runs the server, lets it answer `answers` commands, kills it, and returns what it answered.
std::vector<acknowledged> run_and_kill(const std::string& directory,
                                       std::uint32_t round,
                                       std::size_t answers,
                                       const char* mode,
                                       std::uint16_t partitions) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    const std::string number = std::to_string(round);
    const std::string logs = std::to_string(partitions);
    execl(CRASHER, CRASHER, directory.c_str(), number.c_str(), mode, logs.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::vector<acknowledged> all;
  FILE* lines = fdopen(ends[0], "r");
  unsigned client = 0;
  unsigned long long count = 0;
  unsigned long long offset = 0;
  bool killed = false;
  while (std::fscanf(lines, "%u %llu %llu\n", &client, &count, &offset) == 3) {
    all.push_back({{round, client, count}, offset});
    if (all.size() >= answers && !killed) {
      kill(child, SIGKILL);
      killed = true;  // what is still in the pipe was answered, too
    }
  }
  std::fclose(lines);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(killed && WIFSIGNALED(status)) << "the server ended by itself, status " << status;
  return all;
}

void kill_again_and_again(const char* mode, unsigned rounds, std::uint16_t partitions = 1) {
  const unsigned seed = from_environment("CAIRN_CRASH_SEED", std::random_device{}());
  std::printf("CAIRN_CRASH_SEED=%u CAIRN_CRASH_ROUNDS=%u\n", seed, rounds);
  std::mt19937 random{seed};
  const temporary_directory directory;
  std::vector<acknowledged> all;

  for (unsigned round = 0; round < rounds; ++round) {
    const std::size_t answers = random() % 3000;
    const auto fresh = run_and_kill(directory.path().string(), round, answers, mode, partitions);
    all.insert(all.end(), fresh.begin(), fresh.end());

    auto settings = small_store(directory.path());
    settings.partitions = partitions;
    auto app = builder{settings}
                   .add<notebook>({.snapshot_every = 1000})
                   .add_read_model<seen_notes>()
                   .start();
    ASSERT_TRUE(app) << describe(app.error());
    const auto report = app->verify();
    ASSERT_TRUE(report) << describe(report.error());

    // The newest answered command with an id, sent again, and one that may or may not be stored.
    const auto newest = std::find_if(
        all.rbegin(), all.rend(), [](const acknowledged& one) { return one.what.client % 2 == 0; });
    if (newest != all.rend()) {
      auto notebook_again = app->aggregate<notebook>(notebook_of(newest->what.client));
      const auto again = notebook_again.ask(newest->what, {.command_id = id_of(newest->what)});
      ASSERT_TRUE(again.accepted());
      EXPECT_TRUE(again.accepted()->repeated);
      EXPECT_EQ(again.accepted()->position.offset, newest->offset);
      note next = newest->what;
      ++next.count;
      EXPECT_TRUE(notebook_again.ask(next, {.command_id = id_of(next)}).accepted());
    }
    const auto seen = app->read<seen_notes>({.caught_up = true, .timeout = std::chrono::minutes{1}})
                          .ask(seen_notes::everything{});
    ASSERT_TRUE(seen) << describe(seen.error());
    for (const auto& [key, entry] : *seen)
      ASSERT_EQ(entry.times, 1U) << "stored twice";
    for (const acknowledged& one : all) {
      const auto found = seen->find({one.what.round, one.what.client, one.what.count});
      ASSERT_NE(found, seen->end()) << "lost: " << id_of(one.what);
      ASSERT_EQ(found->second.offset, one.offset);
    }
    // Offsets without a gap: as many as there are notes, the last ones the newest.
    const auto offsets = app->status().durable_offsets;
    EXPECT_EQ(std::accumulate(offsets.begin(), offsets.end(), std::uint64_t{0}), seen->size());
  }
  std::printf("%zu commands were acknowledged, none is lost or doubled\n", all.size());
}

TEST(Commands, SurviveBeingKilledUnderLoadEachExactlyOnce) {
  kill_again_and_again("sync", from_environment("CAIRN_CRASH_ROUNDS", 50));
}

TEST(Commands, SurviveBeingKilledUnderLoadInSeveralPartitions) {
  kill_again_and_again("sync", from_environment("CAIRN_CRASH_ROUNDS", 20), 4);
}

TEST(Commands, SurviveTheEndOfTheProcessInRelaxedModeInSeveralPartitions) {
  kill_again_and_again("relaxed", from_environment("CAIRN_CRASH_ROUNDS", 10), 4);
}

TEST(Commands, SurviveTheEndOfTheProcessAlsoInRelaxedMode) {
  kill_again_and_again("relaxed", from_environment("CAIRN_CRASH_ROUNDS", 20));
}

}  // namespace
}  // namespace cairn::tests

#include "crash/crash_journal.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <poll.h>
#include <random>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

// Kills a writing process at random moments and looks at what it left. CAIRN_CRASH_ROUNDS sets the
// number of rounds, CAIRN_CRASH_SEED the seed, which is printed.

namespace cairn::persistence {
namespace {

using tests::acknowledgement;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// A journal_crasher and the reading end of its standard output.
class crasher {
 public:
  crasher(const std::filesystem::path& directory, std::uint64_t round) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const std::string number = std::to_string(round);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      ::execl(CAIRN_JOURNAL_CRASHER, "journal_crasher", directory.c_str(), number.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    out_ = ends[0];
  }
  crasher(const crasher&) = delete;
  crasher& operator=(const crasher&) = delete;
  ~crasher() { ::close(out_); }

  /// Everything that it acknowledged before it was killed, which is `life` after its first word.
  std::vector<acknowledgement> listen_and_kill(std::chrono::microseconds life) {
    using clock = std::chrono::steady_clock;
    std::vector<acknowledgement> heard;
    std::optional<clock::time_point> end;
    bool killed = false;
    for (;;) {
      if (end && !killed && clock::now() >= *end) {
        killed = true;
        EXPECT_EQ(::kill(child_, SIGKILL), 0);
      }
      pollfd wanted{out_, POLLIN, 0};
      (void)::poll(&wanted, 1, end && !killed ? 1 : -1);
      if (wanted.revents == 0) continue;
      acknowledgement one;
      const ssize_t got = ::read(out_, &one, sizeof one);
      if (got == 0) break;
      EXPECT_EQ(got, static_cast<ssize_t>(sizeof one));
      heard.push_back(one);
      if (!end) end = clock::now() + life;
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child_, &status, 0), child_);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << WEXITSTATUS(status);
    return heard;
  }

 private:
  pid_t child_ = -1;
  int out_ = -1;
};

/// What the log says: for each stream the offset of each of its events, in order of versions.
using streams = std::map<std::string, std::vector<std::uint64_t>>;

streams read_log(const journal& from) {
  streams found;
  log_cursor at;
  std::uint64_t next = 1;
  const auto read = from.read(at, UINT64_MAX, [&](const commit_view& commit) {
    auto& offsets = found[std::string{commit.aggregate_id()}];
    EXPECT_EQ(commit.first_offset(), next) << "a gap, or an event twice";
    EXPECT_EQ(commit.base().value, offsets.size()) << commit.aggregate_id();
    for (std::uint32_t i = 0; i < commit.event_count(); ++i)
      offsets.push_back(next++);
    return result<void>{};
  });
  EXPECT_TRUE(read.has_value());
  return found;
}

void expect_index_equals_log(journal& journal, const streams& truth) {
  for (const auto& one : truth) {
    // Not a structured binding: Clang 14 does not capture those.
    const std::string& id = one.first;
    const std::vector<std::uint64_t>& offsets = one.second;
    const stream_name stream{"bank.account", id};
    EXPECT_EQ(journal.head(stream)->value, offsets.size()) << id;
    std::vector<std::uint64_t> indexed;
    const auto read =
        journal.read_stream(stream, {0}, {UINT64_MAX}, [&](const commit_view& commit) {
          for (std::uint32_t i = 0; i < commit.event_count(); ++i) {
            indexed.push_back(commit.first_offset() + i);
          }
          const std::string command = std::to_string(commit.base().value);
          const auto outcome = journal.outcome(stream, command);
          EXPECT_TRUE(outcome && outcome->has_value()) << id << " command " << command;
          if (outcome && outcome->has_value()) {
            EXPECT_EQ((*outcome)->offset, commit.last_offset());
            EXPECT_EQ((*outcome)->version_after, commit.last());
          }
          return result<void>{};
        });
    EXPECT_TRUE(read.has_value()) << describe(read.error());
    EXPECT_EQ(indexed, offsets) << id;
  }
}

TEST(Crash, LosesAndDoublesNothingThatWasAcknowledged) {
  const std::uint64_t seed = setting("CAIRN_CRASH_SEED", std::random_device{}());
  const std::uint64_t rounds = setting("CAIRN_CRASH_ROUNDS", 10);
  std::printf("CAIRN_CRASH_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 dice{seed};
  std::uniform_int_distribution<int> life_us{0, 150'000};
  const tests::temporary_directory directory;
  std::uint64_t acknowledged = 0;
  for (std::uint64_t round = 0; round < rounds && !HasFailure(); ++round) {
    crasher victim{directory.path(), round};
    const auto heard = victim.listen_and_kill(std::chrono::microseconds{life_us(dice)});
    acknowledged += heard.size();
    auto opened = tests::open_crash_journal(directory.path());
    ASSERT_TRUE(opened.has_value()) << describe(opened.error());
    journal& journal = **opened;
    const auto verified = verify(journal.log());
    ASSERT_TRUE(verified.has_value()) << describe(verified.error());
    EXPECT_EQ(verified->events, journal.durable_offset());
    const streams truth = read_log(journal);
    for (const acknowledgement& one : heard) {
      const auto stream = truth.find(tests::stream_of(one.thread, round));
      ASSERT_NE(stream, truth.end());
      ASSERT_LE(one.sequence, stream->second.size()) << stream->first;
      EXPECT_EQ(stream->second[one.sequence - 1], one.offset) << stream->first;
    }
    expect_index_equals_log(journal, truth);
  }
  std::printf("%llu commits acknowledged in %llu rounds\n",
              static_cast<unsigned long long>(acknowledged),
              static_cast<unsigned long long>(rounds));
}

}  // namespace
}  // namespace cairn::persistence

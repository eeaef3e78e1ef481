#include "crash/crash_journal.hpp"

#include "cairn/testing/journal_host.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

// Writes to a journal as fast as it can until it is killed. Says on its standard output what has
// been acknowledged, never before it has been.
//
// usage: journal_crasher DIRECTORY ROUND

namespace cairn::tests {
namespace {

/// Reports one commit once it is durable, and lets its thread go on.
class reporting_reply final : public persistence::commit_reply {
 public:
  reporting_reply(std::uint32_t thread, std::uint32_t sequence)
      : said_{.thread = thread, .sequence = sequence} {}

  void durable(position newest) noexcept override {
    said_.offset = newest.offset;
    // One write of less than PIPE_BUF bytes: whole or not at all, and never mixed with another.
    if (::write(STDOUT_FILENO, &said_, sizeof said_) != sizeof said_) _exit(3);
    delete this;
  }
  void failed(const error& why) noexcept override {
    std::fprintf(stderr, "%s\n", describe(why).c_str());
    _exit(4);
  }

 private:
  acknowledgement said_;
};

/// Bursts of growing and shrinking size, one after another.
void write_for_ever(persistence::journal& to, std::uint32_t thread, std::uint64_t round) {
  const std::string id = stream_of(thread, round);
  persistence::burst::origin origin;
  std::uint64_t version = 0;
  for (std::uint64_t number = 1;; ++number) {
    auto burst = std::make_unique<persistence::burst>(origin, number, 0);
    waiting_reply last;
    for (std::uint64_t i = 0; i <= number % 7; ++i) {
      test_commit one = commit_of(1 + (number + i) % 3);
      one.id = id;
      one.base = version;
      one.command_id = std::to_string(version);
      version += one.events.size();
      // Durable up to this version: that is the sequence.
      add_commit(*burst, one, new reporting_reply{thread, static_cast<std::uint32_t>(version)});
    }
    burst->wait_for_commits(&last);
    to.writer().submit(std::move(burst));
    (void)last.wait();
  }
}

int run(const std::filesystem::path& directory, std::uint64_t round) {
  auto opened = open_crash_journal(directory);
  if (!opened) {
    std::fprintf(stderr, "%s\n", describe(opened.error()).c_str());
    return 2;
  }
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < crash_threads; ++t) {
    threads.emplace_back([&opened, t, round] { write_for_ever(**opened, t, round); });
  }
  for (std::thread& one : threads)
    one.join();
  return 0;
}

}  // namespace
}  // namespace cairn::tests

int main(int count, char** words) {
  if (count != 3) return 1;
  return cairn::tests::run(words[1], std::stoull(words[2]));
}

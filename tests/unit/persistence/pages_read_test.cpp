#include "lmdb/lmdb_block_log.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

// Which pages of a log come into memory: a store may be larger than that.

namespace cairn::persistence {
namespace {

constexpr std::uint64_t map_bytes = std::uint64_t{1} << 30U;
constexpr std::size_t page_bytes = 4096;
// 24 MiB, since some systems read 8 MiB and more around a page.
constexpr int groups = 24;
constexpr int commits_each = 20;
constexpr std::size_t event_bytes = 50'000;

class PagesRead : public testing::Test {
 protected:
  void SetUp() override {
    write_log();
    auto opened = lmdb::open_block_log(directory_.path(), {.map_bytes = map_bytes});
    ASSERT_TRUE(opened) << describe(opened.error());
    log_ = *std::move(opened);
    file_ = open((directory_.path() / "data.mdb").c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_GE(file_, 0);
    fsync(file_);
    posix_fadvise(file_, 0, 0, POSIX_FADV_DONTNEED);
    constexpr std::size_t few = 64;
    if (pages_in_memory() > few) GTEST_SKIP() << "this file system keeps its files in memory";
  }
  void TearDown() override {
    if (file_ >= 0) close(file_);
  }

  std::size_t pages_in_memory() const {
    const std::size_t size = std::filesystem::file_size(directory_.path() / "data.mdb");
    void* map = mmap(nullptr, size, PROT_READ, MAP_SHARED, file_, 0);
    EXPECT_NE(map, MAP_FAILED);
    std::vector<unsigned char> pages((size + page_bytes - 1) / page_bytes);
    EXPECT_EQ(mincore(map, size, pages.data()), 0);
    munmap(map, size);
    return static_cast<std::size_t>(std::count_if(
        pages.begin(), pages.end(), [](unsigned char one) { return (one & 1U) != 0; }));
  }

  const block_log& log() const { return *log_; }

 private:
  void write_log() {
    auto written =
        *journal::open(*lmdb::open_block_log(directory_.path(), {.map_bytes = map_bytes}),
                       nullptr,
                       tests::bank_names(),
                       {});
    ASSERT_TRUE(written->start().has_value());
    tests::journal_host host{*written};
    for (int i = 0; i < groups; ++i) {
      std::vector<tests::test_commit> commits;
      for (int j = 0; j < commits_each; ++j)
        commits.push_back({.id = "ann", .events = {std::string(event_bytes, 'e')}});
      host.write(commits);
    }
    written->stop();
  }

  tests::temporary_directory directory_;
  std::unique_ptr<block_log> log_;
  int file_ = -1;
};

TEST_F(PagesRead, AreThoseOfABlockThatIsLookedForAndFewOthers) {
  const std::size_t before = pages_in_memory();
  const auto reader = *log().read();
  const auto block = reader->seek_event(groups * commits_each / 2);
  ASSERT_TRUE(block && *block);
  constexpr std::size_t tree_and_head = 16;
  EXPECT_LE(pages_in_memory(), before + tree_and_head);
}

TEST_F(PagesRead, GoAheadOfWhoeverReadsBlockAfterBlock) {
  const auto reader = *log().read();
  ASSERT_TRUE(reader->seek(1));
  for (int i = 0; i < 12; ++i)
    ASSERT_TRUE(reader->next());
  constexpr std::size_t mebibyte_of_pages = (std::size_t{1} << 20U) / page_bytes;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (pages_in_memory() < mebibyte_of_pages && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  EXPECT_GE(pages_in_memory(), mebibyte_of_pages);
}

}  // namespace
}  // namespace cairn::persistence

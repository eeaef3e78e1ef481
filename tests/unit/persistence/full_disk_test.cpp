#include "lmdb/lmdb_block_log.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/mount.h>

namespace cairn::persistence {
namespace {

class FullDisk : public testing::Test {
 protected:
  void open(const std::filesystem::path& directory,
            std::uint64_t map_bytes,
            std::uint64_t prefill_bytes = 0) {
    host_.reset();
    journal_.reset();
    journal_ = *journal::open(
        *lmdb::open_block_log(directory, {.map_bytes = map_bytes, .prefill_bytes = prefill_bytes}),
        nullptr,
        tests::bank_names(),
        {});
    ASSERT_TRUE(journal_->start().has_value());
    host_ = std::make_unique<tests::journal_host>(*journal_);
  }

  static tests::test_commit large() { return tests::commit_of({std::string(50'000, 'x')}); }

  /// Writes until it is refused; the number of events that were stored.
  std::uint64_t fill() {
    for (std::uint64_t stored = 0;; ++stored) {
      const auto answer = host_->submit({large()})[0]->wait();
      if (answer) continue;
      EXPECT_EQ(answer.error().what, error::code::store_full) << describe(answer.error());
      return stored;
    }
  }

  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
};

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;

TEST_F(FullDisk, OfTheMapRefusesWritesKeepsWhatIsThereAndReadsOn) {
  const tests::temporary_directory directory;
  open(directory.path(), 1 * mib);
  const std::uint64_t stored = fill();
  EXPECT_GT(stored, 5U);
  EXPECT_EQ(journal_->writer().counters().events.load(), stored);
  EXPECT_EQ(verify(journal_->log())->events, stored);
  EXPECT_EQ(tests::read_all(*journal_)->size(), stored);
  EXPECT_EQ(journal_->head({"bank.account", "ann"})->value, stored);
}

TEST_F(FullDisk, OfTheMapIsTriedAgainWithTheNextGroup) {
  const tests::temporary_directory directory;
  open(directory.path(), 1 * mib);
  const std::uint64_t stored = fill();
  host_->reload();
  EXPECT_EQ(host_->submit({large()})[0]->wait().error().what, error::code::store_full);
  host_->reload();
  EXPECT_EQ(host_->write({tests::commit_of({"small"})}), stored + 1);
}

TEST_F(FullDisk, OfTheMapGoesOnWithALargerOne) {
  const tests::temporary_directory directory;
  open(directory.path(), 1 * mib);
  const std::uint64_t stored = fill();
  open(directory.path(), 8 * mib);
  host_->reload();
  tests::test_commit next = large();
  next.id = "bob";
  EXPECT_EQ(host_->write({next}), stored + 1);
  EXPECT_EQ(verify(journal_->log())->events, stored + 1);
}

TEST_F(FullDisk, IsNotFilledAheadBeyondTheMap) {
  const tests::temporary_directory directory;
  open(directory.path(), 1 * mib, 64 * mib);
  EXPECT_LE(std::filesystem::file_size(directory.path() / "data.mdb"), 1 * mib);
}

TEST_F(FullDisk, IsFilledAheadWithoutTouchingWhatIsThere) {
  const tests::temporary_directory directory;
  for (int round = 1; round <= 5; ++round) {
    open(directory.path(), 32 * mib, 512 * 1024);
    EXPECT_GE(std::filesystem::file_size(directory.path() / "data.mdb"), 512U * 1024);
    for (int i = 0; i < 20; ++i) {
      tests::test_commit one = large();
      one.id = std::to_string(round);
      EXPECT_NE(host_->write({one}), 0U);
    }
    EXPECT_EQ(verify(journal_->log())->events, static_cast<std::uint64_t>(round) * 20);
  }
}

/// A file system of a few MiB; empty when this process may not mount one.
class small_disk {
 public:
  small_disk() {
    mounted_ = ::mount("none", directory_.path().c_str(), "tmpfs", 0, "size=2m") == 0;
    if (!mounted_) why_not_ = std::strerror(errno);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    if (mounted_) ::umount(directory_.path().c_str());
  }
  [[nodiscard]] bool usable() const { return mounted_; }
  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  [[nodiscard]] const std::filesystem::path& path() const { return directory_.path(); }

 private:
  tests::temporary_directory directory_;
  bool mounted_ = false;
  std::string why_not_;
};

TEST_F(FullDisk, RefusesWritesKeepsWhatIsThereAndOpensAgain) {
  const small_disk disk;
  if (!disk.usable()) GTEST_SKIP() << "may not mount a small file system: " << disk.why_not();
  open(disk.path(), 64 * mib, 1 * mib);
  const std::uint64_t stored = fill();
  EXPECT_GT(stored, 5U);
  EXPECT_EQ(verify(journal_->log())->events, stored);
  open(disk.path(), 64 * mib, 1 * mib);
  EXPECT_EQ(verify(journal_->log())->events, stored);
  EXPECT_EQ(journal_->head({"bank.account", "ann"})->value, stored);
  journal_.reset();
}

}  // namespace
}  // namespace cairn::persistence

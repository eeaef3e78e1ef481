#include "lmdb/lmdb_block_log.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/persistence/journal.hpp"
#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <sys/uio.h>
#include <unistd.h>

// A disk that fails, by standing between LMDB and the operating system: this program's own pwrite,
// write, writev and fdatasync are found before those of the C library. LMDB syncs data with
// fdatasync and writes its meta page with pwrite through a descriptor of its own (O_DSYNC).

namespace {

enum class fault : int { none, data_enospc, sync_eio, meta_eio };
std::atomic<fault> next_fault{fault::none};

/// The meta pages are the first two of the file.
constexpr off_t behind_meta_pages = 8192;

bool strikes(fault which) {
  fault expected = which;
  return next_fault.compare_exchange_strong(expected, fault::none);
}

template <class Function> Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite(int file, const void* from, size_t size, off_t at) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if (at >= behind_meta_pages && strikes(fault::data_enospc)) {
    errno = ENOSPC;
    return -1;
  }
  if (at < behind_meta_pages && strikes(fault::meta_eio)) {
    errno = EIO;
    return -1;
  }
  return next(file, from, size, at);
}

ssize_t writev(int file, const struct iovec* parts, int count) {
  static const auto next = real<ssize_t (*)(int, const struct iovec*, int)>("writev");
  if (strikes(fault::data_enospc)) {
    errno = ENOSPC;
    return -1;
  }
  return next(file, parts, count);
}

int fdatasync(int file) {
  static const auto next = real<int (*)(int)>("fdatasync");
  if (strikes(fault::sync_eio)) {
    errno = EIO;
    return -1;
  }
  return next(file);
}

}  // extern "C"

namespace cairn::persistence {
namespace {

class DiskFault : public testing::Test {
 protected:
  DiskFault() {
    open();
    host_->write({tests::commit_of({"a1"})});
  }
  ~DiskFault() override { next_fault = fault::none; }

  void open() {
    host_.reset();
    journal_.reset();
    journal_ = *journal::open(
        *lmdb::open_block_log(directory_.path(),
                              {.map_bytes = std::uint64_t{64} << 20U, .prefill_bytes = 0}),
        nullptr,
        tests::bank_names(),
        {});
    ASSERT_TRUE(journal_->start().has_value());
    host_ = std::make_unique<tests::journal_host>(*journal_);
  }

  /// Writes one commit while the disk fails so; what its sender hears.
  error::code write_during(fault which) {
    next_fault = which;
    const auto answer = host_->submit({tests::commit_of({"lost"})})[0]->wait();
    EXPECT_EQ(next_fault.load(), fault::none) << "the fault was not met";
    return answer ? error::code{} : answer.error().what;
  }
  error::code write_again() {
    host_->reload();
    const auto answer = host_->submit({tests::commit_of({"a2"})})[0]->wait();
    return answer ? error::code{} : answer.error().what;
  }
  /// Every stream's head is asked through a new journal.
  std::uint64_t events_after_reopening() {
    open();
    return verify(journal_->log())->events;
  }

  tests::temporary_directory directory_;
  std::unique_ptr<journal> journal_;
  std::unique_ptr<tests::journal_host> host_;
};

TEST_F(DiskFault, ThatLeavesNoSpaceIsTriedAgain) {
  EXPECT_EQ(write_during(fault::data_enospc), error::code::store_full);
  EXPECT_EQ(write_again(), error::code{});
  EXPECT_EQ(*tests::read_stream(*journal_, "ann"), (std::vector<std::string>{"a1", "a2"}));
}

TEST_F(DiskFault, OfASyncHasStoredNothingAndEndsWritingUntilReopened) {
  const error::code heard = write_during(fault::sync_eio);
  EXPECT_EQ(heard, error::code::storage_failed);
  EXPECT_EQ(effect_of(heard), error::effect::none);
  EXPECT_EQ(write_again(), error::code::storage_failed);
  EXPECT_EQ(tests::read_all(*journal_)->size(), 1U);
  EXPECT_EQ(events_after_reopening(), 1U);
  EXPECT_EQ(host_->write({tests::commit_of({"a2"})}), 2U);
}

TEST_F(DiskFault, OfTheMetaPageLeavesOpenWhetherItIsStored) {
  const error::code heard = write_during(fault::meta_eio);
  EXPECT_EQ(heard, error::code::uncertain);
  EXPECT_EQ(effect_of(heard), error::effect::uncertain);
  EXPECT_EQ(host_->submit({tests::commit_of({"a2"})})[0]->wait().error().what,
            error::code::storage_failed);
  const std::uint64_t events = events_after_reopening();
  EXPECT_GE(events, 1U);
  EXPECT_LE(events, 2U);
  EXPECT_TRUE(verify(journal_->log()).has_value());
}

}  // namespace
}  // namespace cairn::persistence

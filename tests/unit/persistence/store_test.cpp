#include "cairn/persistence/store.hpp"

#include "support/temporary_store.hpp"

#include "cairn/testing/journal_host.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace cairn::persistence {
namespace {

class Store : public testing::Test {
 protected:
  result<std::unique_ptr<store>> open() {
    return store::open(
        settings_, tests::bank_names(), [this](log_level level, std::string_view line) {
          if (level >= log_level::warning) warnings_.emplace_back(line);
        });
  }
  /// Opens, stores one event of each id, closes.
  void fill(const std::vector<std::string>& ids) {
    const auto opened = *open();
    ASSERT_TRUE(opened->start().has_value());
    tests::journal_host host{*opened->journals()[0]};
    for (const std::string& id : ids) {
      tests::test_commit one = tests::commit_of({"e"});
      one.id = id;
      ASSERT_NE(host.write({one}), 0U);
    }
    opened->stop();
  }
  [[nodiscard]] std::filesystem::path manifest() const { return settings_.store / "cairn.store"; }
  [[nodiscard]] std::string manifest_text() const {
    std::ifstream in{manifest()};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  void write_manifest(const std::string& text) const { std::ofstream{manifest()} << text; }

  error::code refusal() {
    const auto opened = open();
    EXPECT_FALSE(opened.has_value());
    return opened ? error::code{} : opened.error().what;
  }

  tests::temporary_directory directory_;
  config settings_ = tests::small_store(directory_.path() / "a" / "new" / "store");
  std::vector<std::string> warnings_;
};

TEST_F(Store, IsCreatedWithAllDirectoriesThatAreMissing) {
  fill({"ann"});
  EXPECT_TRUE(std::filesystem::exists(manifest()));
  EXPECT_TRUE(std::filesystem::exists(settings_.store / "p0000" / "log" / "data.mdb"));
}

TEST_F(Store, KeepsItsIdentityAndItsEvents) {
  (*open()).reset();
  const std::string before = manifest_text();
  EXPECT_NE(before.find("identity = "), std::string::npos);
  fill({"ann"});
  const auto again = *open();
  EXPECT_EQ(manifest_text(), before);
  ASSERT_TRUE(again->start().has_value());
  EXPECT_EQ(again->journals()[0]->head({"bank.account", "ann"})->value, 1U);
}

TEST_F(Store, IsOpenedOnceInAProcess) {
  const auto first = *open();
  const auto second = open();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().what, error::code::store_locked);
  const std::string holder = "process " + std::to_string(getpid()) + " on ";
  EXPECT_NE(second.error().detail.find(holder), std::string::npos) << second.error().detail;
  EXPECT_TRUE(second.error().detail.ends_with(", which is this one")) << second.error().detail;
}

TEST_F(Store, IsOpenedByOneProcess) {
  const auto first = *open();
  const std::string holder = "process " + std::to_string(getpid()) + " on ";
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto second = open();
    const bool right = !second && second.error().what == error::code::store_locked &&
                       second.error().detail.find(holder) != std::string::npos;
    _exit(right ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(Store, IsFreeAgainAfterItsHolderIsGone) {
  (*open()).reset();
  EXPECT_TRUE(open().has_value());
}

TEST_F(Store, OfANewerFormatIsLeftAlone) {
  fill({"ann"});
  write_manifest("This directory is a Cairn store. Do not edit it.\nformat = 3\nsecret = 1\n");
  EXPECT_EQ(refusal(), error::code::newer_format);
}

TEST_F(Store, WithADamagedManifestIsCorrupt) {
  fill({"ann"});
  const std::string head = "This directory is a Cairn store. Do not edit it.\n";
  for (const std::string& text :
       {std::string{},
        std::string{"something else\n"},
        head,
        head + "format = 1\n",
        head + "format = 1\nidentity = \n",
        head + "format = x\nidentity = 1f\npartitions = 1\n",
        head + "format = 1\nidentity = 1f\npartitions = 0\n",
        head + "format = 1\nidentity = 1f\npartitions = -1\n",
        head + "format = 1\nidentity = 1f\npartitions = 70000\n",
        head + "format = 2\nidentity = 1f\npartitions = 1\n",
        head + "format = 2\nidentity = 1f\npartitions = 1\nplacement = 0\n",
        head + "format = 2\nidentity = 1f\npartitions = 1\nplacement = 3\n"}) {
    write_manifest(text);
    EXPECT_EQ(refusal(), error::code::corrupt) << text;
  }
}

TEST_F(Store, WithoutItsManifestIsCorrupt) {
  fill({"ann"});
  std::filesystem::remove(manifest());
  EXPECT_EQ(refusal(), error::code::corrupt);
  EXPECT_FALSE(std::filesystem::exists(manifest()));
}

TEST_F(Store, WhoseManifestCannotBeReadIsNotCreatedAnew) {
  std::filesystem::create_directories(settings_.store);
  std::filesystem::create_symlink("cairn.store", manifest());  // a link to itself: ELOOP
  EXPECT_EQ(refusal(), error::code::io_failed);
  EXPECT_TRUE(std::filesystem::is_symlink(manifest()));
}

TEST_F(Store, HasTheNumberOfPartitionsItWasMadeWith) {
  fill({"ann"});
  settings_.partitions = 2;
  const auto opened = open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().what, error::code::bad_config);
}

TEST_F(Store, HasAJournalForEachPartition) {
  settings_.partitions = 3;
  const auto opened = *open();
  ASSERT_TRUE(opened->start().has_value());
  ASSERT_EQ(opened->journals().size(), 3U);
  EXPECT_EQ(opened->journals()[2]->partition().value, 2U);
  EXPECT_TRUE(std::filesystem::exists(settings_.store / "p0002" / "log"));
}

TEST_F(Store, WhereNoDirectoryCanBeIsIoFailed) {
  const auto file = directory_.path() / "file";
  std::ofstream{file} << "not a directory";
  settings_.store = file / "store";
  EXPECT_EQ(refusal(), error::code::io_failed);
  settings_.store = file;
  EXPECT_EQ(refusal(), error::code::io_failed);
}

TEST_F(Store, ThatCannotBeWrittenIsIoFailed) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::create_directories(settings_.store);
  std::filesystem::permissions(settings_.store, std::filesystem::perms::owner_read);
  EXPECT_EQ(refusal(), error::code::io_failed);
  std::filesystem::permissions(settings_.store, std::filesystem::perms::owner_all);
}

TEST_F(Store, BuildsADamagedIndexAnew) {
  fill({"ann"});
  std::ofstream{settings_.store / "p0000" / "index" / "data.mdb", std::ios::binary}
      << std::string(16'384, '?');
  const auto opened = *open();
  ASSERT_TRUE(opened->start().has_value());
  EXPECT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(opened->journals()[0]->head({"bank.account", "ann"})->value, 1U);
}

TEST_F(Store, WithADamagedLogIsCorrupt) {
  fill({"ann"});
  std::ofstream{settings_.store / "p0000" / "log" / "data.mdb", std::ios::binary}
      << std::string(16'384, '?');
  EXPECT_EQ(refusal(), error::code::corrupt);
}

TEST_F(Store, BeginsItsSnapshotsAnewWhereverTheirFileWasCutShort) {
  const auto file = settings_.store / "snapshots" / "data.mdb";
  const snapshot_store::item large{
      "bank.account", "ann", {{1}, timestamp{}, 0, std::vector<std::byte>(50'000)}};
  for (std::uintmax_t pages = 0; pages < 12; ++pages) {
    ASSERT_TRUE((*open())->snapshots().store({large}));
    warnings_.clear();
    std::filesystem::resize_file(file, pages * 4096 + 1);
    const auto opened = *open();
    EXPECT_EQ(warnings_.size(), 1U) << pages;
    std::optional<version> damaged;
    EXPECT_TRUE(opened->snapshots().find({"bank.account", "ann"}, {1}, 9, damaged)->empty());
  }
}

TEST_F(Store, BuildsAnIndexThatWasCutShortAnew) {
  fill({"ann"});
  std::filesystem::resize_file(settings_.store / "p0000" / "index" / "data.mdb", 3 * 4096);
  const auto opened = *open();
  ASSERT_TRUE(opened->start().has_value());
  EXPECT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(opened->journals()[0]->head({"bank.account", "ann"})->value, 1U);
}

TEST_F(Store, WhoseLogWasCutShortIsCorrupt) {
  fill({"ann"});
  std::filesystem::resize_file(settings_.store / "p0000" / "log" / "data.mdb", 3 * 4096);
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().what, error::code::corrupt);
  EXPECT_NE(opened.error().detail.find("cut short"), std::string::npos) << opened.error().detail;
}

TEST_F(Store, WhoseLogIsEmptyIsCorrupt) {
  fill({"ann"});
  std::filesystem::resize_file(settings_.store / "p0000" / "log" / "data.mdb", 0);
  EXPECT_EQ(refusal(), error::code::corrupt);
}

TEST_F(Store, RefusesWritesBelowItsReserve) {
  settings_.reserve_bytes = UINT64_MAX;
  const auto opened = *open();
  ASSERT_TRUE(opened->start().has_value());
  tests::journal_host host{*opened->journals()[0]};
  const auto refused = host.submit({tests::commit_of({"e"})})[0]->wait();
  EXPECT_EQ(refused.error().what, error::code::store_full);
}

TEST_F(Store, IsNotInheritedByProgramsThatAreStarted) {
  const auto opened = *open();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    std::error_code gone;
    const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (!target.starts_with(directory_.path().string())) continue;
    const int descriptor = std::stoi(entry.path().filename().string());
    EXPECT_NE(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0) << target;
    ++files;
  }
  EXPECT_GE(files, 4U);
}

TEST_F(Store, InMemoryTouchesNoDisk) {
  settings_.in_memory = true;
  fill({"ann"});
  EXPECT_FALSE(std::filesystem::exists(settings_.store));
}

}  // namespace
}  // namespace cairn::persistence

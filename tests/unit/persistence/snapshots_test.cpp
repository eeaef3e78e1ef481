#include "cairn/persistence/snapshots.hpp"

#include "lmdb/lmdb_snapshots.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/bytes.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace cairn::persistence {
namespace {

constexpr std::uint64_t map_bytes = std::uint64_t{16} << 20U;
using versions = std::vector<std::uint64_t>;

snapshot_store::item item_of(const std::string& id, std::uint64_t version, std::string_view state) {
  const byte_view bytes = as_bytes(state);
  return {"bank.account", id, {{version}, timestamp{}, 4, {bytes.begin(), bytes.end()}}};
}

versions versions_of(const snapshot_store& in,
                     const std::string& id,
                     std::uint64_t up_to = UINT64_MAX,
                     std::optional<version>* damaged_out = nullptr) {
  std::optional<version> damaged;
  versions found;
  const auto snapshots = *in.find({"bank.account", id}, {up_to}, SIZE_MAX, damaged);
  for (const snapshot& one : snapshots)
    found.push_back(one.version.value);
  if (damaged_out != nullptr) *damaged_out = damaged;
  return found;
}

enum class kind : std::uint8_t { memory, lmdb };

class Snapshots : public testing::TestWithParam<kind> {
 protected:
  std::unique_ptr<snapshot_store> open() {
    if (GetParam() == kind::memory) return make_memory_snapshots();
    return *lmdb::open_snapshots(directory_.path(), map_bytes);
  }
  void store(std::vector<snapshot_store::item> items) {
    ASSERT_TRUE(store_->store(items).has_value());
  }

  tests::temporary_directory directory_;
  std::unique_ptr<snapshot_store> store_ = open();
};

TEST_P(Snapshots, GiveBackWhatWasStored) {
  store({item_of("ann", 100, "state")});
  std::optional<version> damaged;
  const auto found = *store_->find({"bank.account", "ann"}, {100}, SIZE_MAX, damaged);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].version.value, 100U);
  EXPECT_EQ(found[0].schema_version, 4U);
  EXPECT_EQ(as_text(found[0].state), "state");
  EXPECT_EQ(damaged, std::nullopt);
}

TEST_P(Snapshots, AreFoundUpToAVersion) {
  store({item_of("ann", 10, "s"), item_of("ann", 20, "s")});
  EXPECT_EQ(versions_of(*store_, "ann", 20), (versions{20, 10}));
  EXPECT_EQ(versions_of(*store_, "ann", 19), versions{10});
  EXPECT_EQ(versions_of(*store_, "ann", 9), versions{});
}

TEST_P(Snapshots, OfTheSameVersionReplaceEachOther) {
  store({item_of("ann", 10, "old")});
  store({item_of("ann", 10, "new")});
  std::optional<version> damaged;
  const auto found = *store_->find({"bank.account", "ann"}, {10}, SIZE_MAX, damaged);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(as_text(found[0].state), "new");
}

TEST_P(Snapshots, SurviveIfTheyAreOnDisk) {
  if (GetParam() == kind::memory) GTEST_SKIP() << "kept in memory";
  store({item_of("ann", 10, "s")});
  store_.reset();
  store_ = open();
  EXPECT_EQ(versions_of(*store_, "ann"), versions{10});
}

INSTANTIATE_TEST_SUITE_P(InMemory, Snapshots, testing::Values(kind::memory));
INSTANTIATE_TEST_SUITE_P(OnDisk, Snapshots, testing::Values(kind::lmdb));

/// Changes one byte of the file, in every place where `what` stands.
void damage(const std::filesystem::path& file, const std::string& what, std::size_t at) {
  std::string text;
  {
    std::ifstream in{file, std::ios::binary};
    text.assign(std::istreambuf_iterator<char>{in}, {});
  }
  std::size_t found = 0;
  for (std::size_t i = text.find(what); i != std::string::npos; i = text.find(what, i + 1)) {
    text[i + at] = static_cast<char>(text[i + at] ^ 1);
    ++found;
  }
  ASSERT_GT(found, 0U);
  std::ofstream{file, std::ios::binary} << text;
}

class DamagedSnapshot : public testing::Test {
 protected:
  void store_and_damage(const std::string& what, std::size_t at) {
    (void)(*lmdb::open_snapshots(directory_.path(), map_bytes))
        ->store({item_of("ann", 10, "an older state"), item_of("ann", 20, "a newer state")});
    damage(directory_.path() / "data.mdb", what, at);
  }

  tests::temporary_directory directory_;
};

TEST_F(DamagedSnapshot, IsLeftOutAndTold) {
  store_and_damage("a newer state", 3);
  const auto again = *lmdb::open_snapshots(directory_.path(), map_bytes);
  std::optional<version> damaged;
  EXPECT_EQ(versions_of(*again, "ann", UINT64_MAX, &damaged), versions{10});
  EXPECT_EQ(damaged, version{20});
}

TEST_F(DamagedSnapshot, DoesNotTurnUpUnderAnotherVersion) {
  const std::string key{"bank.account\0ann\0\0\0\0\0\0\0\0\x14", 25};
  store_and_damage(key, key.size() - 1);
  const auto again = *lmdb::open_snapshots(directory_.path(), map_bytes);
  std::optional<version> damaged;
  EXPECT_EQ(versions_of(*again, "ann", UINT64_MAX, &damaged), versions{10});
  EXPECT_EQ(damaged, version{21});  // As its key says now.
}

}  // namespace
}  // namespace cairn::persistence

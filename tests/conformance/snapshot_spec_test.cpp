#include "conformance/scribe.hpp"
#include "conformance/slow_log.hpp"
#include "lmdb/lmdb_snapshots.hpp"
#include "support/journal_and_host.hpp"
#include "support/temporary_directory.hpp"

#include "cairn/codec.hpp"
#include "cairn/testing/manual_clock.hpp"

// Pekko's SnapshotStoreSpec, S01 to S13: five snapshots of one aggregate at 11 to 15, and which one
// a recovery takes. By time it goes by the times of the events.

namespace cairn::tests {
namespace {

using conformance::scribe;
using namespace std::chrono_literals;

timestamp time_of(std::uint64_t version) {
  return timestamp{std::chrono::hours{version}};
}

class SnapshotSpec : public journal_and_host<scribe> {
 protected:
  SnapshotSpec() {
    log_ = *lmdb_logs(directory_.path())(partition_id{0});
    std::filesystem::create_directory(directory_.path() / "snapshots");
    open_snapshots();
    time_ = &hand_;
    start();
    for (std::uint64_t i = 1; i <= 15; ++i) {
      hand_.set(time_of(i));
      EXPECT_TRUE(ask("p", conformance::write{{std::to_string(i)}}).accepted());
    }
    for (std::uint64_t i = 1; i <= 5; ++i)
      save(10 + i, "s-" + std::to_string(i));
  }

  ~SnapshotSpec() override { shut_down(); }

  void open_snapshots() {
    snapshots_.reset();
    snapshots_ = *persistence::lmdb::open_snapshots(directory_.path() / "snapshots", 64 * mib);
  }
  void save(std::uint64_t version, const std::string& text) {
    scribe::state state;
    state.texts = {text};
    byte_buffer bytes;
    encode(state, bytes);
    ASSERT_TRUE(snapshots_->store({{"scribe",
                                    "p",
                                    {{version},
                                     time_of(version),
                                     type_.state_schema_version(),
                                     {bytes.view().begin(), bytes.view().end()}}}}));
  }
  void erase(std::uint64_t after, std::uint64_t up_to) {
    ASSERT_TRUE(snapshots_->erase({"scribe", "p"}, {after}, {up_to}));
  }

  /// The text of the snapshot that a recovery within these bounds is built on; "(none)".
  std::string loaded(std::uint64_t up_to,
                     timestamp until = timestamp::max(),
                     const std::string& id = "p") {
    const auto found = actors::replay(
        type_, id, *journal_, *snapshots_, {.up_to = {up_to}, .until = until}, silent_log());
    EXPECT_TRUE(found) << describe(found.error());
    if (!found || found->snapshot.value == 0) return "(none)";
    const auto& made = static_cast<detail::typed_instance<scribe>&>(*found->instance);
    // Of the version that it says, and with the events behind it, when there are any.
    EXPECT_EQ(found->snapshot.value + made.state().texts.size() - 1, found->version.value);
    return made.state().texts.front();
  }

  static constexpr std::uint64_t newest = UINT64_MAX;
  temporary_directory directory_;
  cairn::testing::manual_clock hand_;
};

TEST_F(SnapshotSpec, LoadsNoneOfAnAggregateThatIsUnknown) {
  EXPECT_EQ(loaded(newest, timestamp::max(), "q"), "(none)");
}

TEST_F(SnapshotSpec, LoadsNoneFromBeforeTheFirstOne) {
  EXPECT_EQ(loaded(newest, timestamp{100s}), "(none)");
  EXPECT_EQ(loaded(7), "(none)");
  EXPECT_EQ(loaded(7, time_of(14)), "(none)");
}

TEST_F(SnapshotSpec, LoadsTheNewestOne) {
  EXPECT_EQ(loaded(newest), "s-5");
  EXPECT_EQ(loaded(15), "s-5");
}

TEST_F(SnapshotSpec, LoadsTheNewestOneUpToAVersion) {
  EXPECT_EQ(loaded(13), "s-3");
  EXPECT_EQ(loaded(14), "s-4");
}

TEST_F(SnapshotSpec, LoadsTheNewestOneUpToATime) {
  EXPECT_EQ(loaded(13, time_of(13)), "s-3");
  EXPECT_EQ(loaded(newest, time_of(13)), "s-3");
  EXPECT_EQ(loaded(newest, time_of(13) + 59min), "s-3");
  EXPECT_EQ(loaded(newest, time_of(13) - 1ns), "s-2");
}

TEST_F(SnapshotSpec, LoadsTheOneBeforeWhenASingleOneIsDeleted) {
  erase(12, 13);
  EXPECT_EQ(loaded(13), "s-2");
  EXPECT_EQ(loaded(newest), "s-5");
}

TEST_F(SnapshotSpec, LoadsNoneOfThoseThatAreDeletedAndTheOthersStill) {
  erase(0, 13);
  EXPECT_EQ(loaded(13), "(none)");
  EXPECT_EQ(loaded(13, time_of(13)), "(none)");
  EXPECT_EQ(loaded(14, time_of(14)), "s-4");
}

TEST_F(SnapshotSpec, LoadsTheOneThatReplacedAnother) {
  save(15, "s-5-modified");
  EXPECT_EQ(loaded(15), "s-5-modified");
  EXPECT_EQ(loaded(14), "s-4");
}

TEST_F(SnapshotSpec, LoadsTheSameAfterARestart) {
  shut_down();
  open_snapshots();
  start();
  EXPECT_EQ(loaded(newest), "s-5");
  EXPECT_EQ(loaded(13), "s-3");
}

TEST_F(SnapshotSpec, LoadsAStateWithAFormOfItsOwnAndItsSize) {
  const std::string large(10'000, 'x');
  save(15, large);
  EXPECT_EQ(loaded(newest), large);
}

TEST_F(SnapshotSpec, KeepsThoseWithTheLongestNamesApart) {
  const std::string type(type_name_max_bytes, 't');
  const std::string id(aggregate_id_max_bytes, 'i');
  const auto item = [&](const std::string& of, std::byte what) {
    return persistence::snapshot_store::item{type, of, {{7}, time_of(7), 0, {what}}};
  };
  ASSERT_TRUE(snapshots_->store({item(id, std::byte{1}), item(id.substr(1), std::byte{2})}));
  open_snapshots();
  for (const auto& [name, what] : {std::pair{id, std::byte{1}}, {id.substr(1), std::byte{2}}}) {
    std::optional<version> damaged;
    const auto found = *snapshots_->find({type, name}, {newest}, 9, damaged);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].state, std::vector{what});
  }
}

}  // namespace
}  // namespace cairn::tests

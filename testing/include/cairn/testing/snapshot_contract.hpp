#pragma once

#include "cairn/bytes.hpp"
#include "cairn/persistence/snapshots.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What every storage of snapshots promises. A storage joins with a struct that has
// `std::unique_ptr<snapshot_store> open()`, `static constexpr bool reopens`, and, in the namespace
// cairn::persistence, one INSTANTIATE_TYPED_TEST_SUITE_P.

namespace cairn::persistence {

template <class Backend> class SnapshotContract : public ::testing::Test {
 protected:
  static snapshot_store::item item_of(std::string id,
                                      std::uint64_t version,
                                      std::string_view state,
                                      std::string type = "bank.account") {
    const byte_view bytes = as_bytes(state);
    const timestamp time{std::chrono::seconds{version}};
    return {std::move(type), std::move(id), {{version}, time, 4, {bytes.begin(), bytes.end()}}};
  }

  void store(const std::vector<snapshot_store::item>& items) {
    ASSERT_TRUE(store_->store(items).has_value());
  }

  /// Those at most at the version, newest first.
  std::vector<snapshot> find(std::string_view id,
                             std::uint64_t up_to = UINT64_MAX,
                             std::string_view type = "bank.account") {
    std::optional<version> damaged;
    auto found = store_->find({type, id}, {up_to}, SIZE_MAX, damaged);
    EXPECT_TRUE(found.has_value());
    EXPECT_EQ(damaged, std::nullopt);
    return found ? *std::move(found) : std::vector<snapshot>{};
  }

  /// The state of the newest one at most at the version; "(none)".
  std::string newest(std::string_view id,
                     std::uint64_t up_to = UINT64_MAX,
                     std::string_view type = "bank.account") {
    const auto found = find(id, up_to, type);
    return found.empty() ? "(none)" : std::string{as_text(found.front().state)};
  }

  /// The versions of those that are kept, newest first.
  std::vector<std::uint64_t> versions(std::string_view id) {
    std::vector<std::uint64_t> all;
    for (const snapshot& one : find(id))
      all.push_back(one.version.value);
    return all;
  }
  void store_three() {
    store({item_of("ann", 10, "s"), item_of("ann", 20, "s"), item_of("ann", 30, "s")});
    store({item_of("an", 20, "s"), item_of("annb", 20, "s")});
    store({item_of("ann", 20, "s", "bank.other")});
  }
  /// Those of other aggregates that store_three() has stored.
  void expect_others_kept() {
    EXPECT_EQ(newest("an"), "s");
    EXPECT_EQ(newest("annb"), "s");
    EXPECT_EQ(newest("ann", UINT64_MAX, "bank.other"), "s");
  }

  Backend backend_;
  std::unique_ptr<snapshot_store> store_ = backend_.open();
};

TYPED_TEST_SUITE_P(SnapshotContract);

TYPED_TEST_P(SnapshotContract, HasNoneOfAnAggregateThatIsUnknown) {
  this->store({this->item_of("ann", 11, "s-1")});
  EXPECT_EQ(this->newest("bob"), "(none)");
  EXPECT_EQ(this->newest("ann", UINT64_MAX, "bank.other"), "(none)");
}

TYPED_TEST_P(SnapshotContract, GivesTheNewestFirst) {
  for (const std::uint64_t version : {11U, 12U, 13U, 14U, 15U})
    this->store({this->item_of("ann", version, "s-" + std::to_string(version - 10))});
  EXPECT_EQ(this->newest("ann"), "s-5");
  const auto found = this->find("ann");
  for (std::size_t i = 1; i < found.size(); ++i)
    EXPECT_GT(found[i - 1].version, found[i].version);
}

TYPED_TEST_P(SnapshotContract, GivesNoneBeyondTheVersionThatIsAskedFor) {
  this->store({this->item_of("ann", 14, "s-4"), this->item_of("ann", 15, "s-5")});
  EXPECT_EQ(this->newest("ann", 7), "(none)");
  EXPECT_EQ(this->newest("ann", 13), "(none)");
  EXPECT_EQ(this->newest("ann", 14), "s-4");
  EXPECT_EQ(this->newest("ann", 15), "s-5");
}

TYPED_TEST_P(SnapshotContract, KeepsWhatIsStoredBesideTheState) {
  this->store({this->item_of("ann", 15, "s-5")});
  const auto found = this->find("ann");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].version.value, 15U);
  EXPECT_EQ(found[0].time, timestamp{std::chrono::seconds{15}});
  EXPECT_EQ(found[0].schema_version, 4U);
}

TYPED_TEST_P(SnapshotContract, ReplacesOneOfTheSameVersion) {
  this->store({this->item_of("ann", 14, "s-4"), this->item_of("ann", 15, "s-5")});
  this->store({this->item_of("ann", 15, "s-5-modified")});
  EXPECT_EQ(this->newest("ann"), "s-5-modified");
  EXPECT_EQ(this->newest("ann", 14), "s-4");
}

TYPED_TEST_P(SnapshotContract, KeepsAnyBytesAndManyOfThem) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i)
    bytes.push_back(static_cast<char>(i));
  this->store({this->item_of("ann", 100, bytes), this->item_of("bob", 100, "")});
  EXPECT_EQ(this->newest("ann"), bytes);
  EXPECT_EQ(this->newest("bob"), "");
}

TYPED_TEST_P(SnapshotContract, KeepsAggregatesApartWhateverTheirNames) {
  this->store({this->item_of("ann", 1, "ann"),
               this->item_of("an", 2, "an"),
               this->item_of("anna", 3, "anna"),
               this->item_of("ann", 4, "other", "bank.account2")});
  EXPECT_EQ(this->newest("an"), "an");
  EXPECT_EQ(this->newest("ann"), "ann");
  EXPECT_EQ(this->newest("anna"), "anna");
  EXPECT_EQ(this->newest("ann", UINT64_MAX, "bank.account2"), "other");
}

TYPED_TEST_P(SnapshotContract, StoresManyAtOnceAndNothingForAnEmptyList) {
  this->store({});
  std::vector<snapshot_store::item> many;
  for (int i = 0; i < 500; ++i)
    many.push_back(this->item_of(std::to_string(i), 10, "state " + std::to_string(i)));
  this->store(many);
  for (int i = 0; i < 500; ++i)
    ASSERT_EQ(this->newest(std::to_string(i)), "state " + std::to_string(i));
}

TYPED_TEST_P(SnapshotContract, GivesNoMoreThanAreAskedFor) {
  this->store_three();
  std::optional<version> damaged;
  const auto found = this->store_->find({"bank.account", "ann"}, {25}, 1, damaged);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().version, version{20});
}

TYPED_TEST_P(SnapshotContract, ErasesUpToWhatANewOneSays) {
  this->store_three();
  auto newest = this->item_of("ann", 300, "s");
  newest.erase_up_to = version{20};
  this->store({this->item_of("ann", 40, "s"), newest});
  EXPECT_EQ(this->versions("ann"), (std::vector<std::uint64_t>{300, 40, 30}));
  this->expect_others_kept();
}

TYPED_TEST_P(SnapshotContract, ErasesNothingWhileEventsAreYetToBeHidden) {
  this->store({this->item_of("ann", 10, "s")});
  auto newest = this->item_of("ann", 20, "s");
  newest.erase_up_to = newest.hide_up_to = version{10};
  this->store({newest});
  EXPECT_EQ(this->versions("ann"), (std::vector<std::uint64_t>{20, 10}));
}

TYPED_TEST_P(SnapshotContract, ErasesThoseBehindAVersionUpToAnother) {
  this->store_three();
  ASSERT_TRUE(this->store_->erase({"bank.account", "ann"}, {10}, {20}));
  EXPECT_EQ(this->versions("ann"), (std::vector<std::uint64_t>{30, 10}));
  ASSERT_TRUE(this->store_->erase({"bank.account", "ann"}, {0}, {UINT64_MAX}));
  EXPECT_TRUE(this->versions("ann").empty());
  ASSERT_TRUE(this->store_->erase({"bank.account", "nobody"}, {0}, {UINT64_MAX}));
  this->expect_others_kept();
}

TYPED_TEST_P(SnapshotContract, KeepsEverythingWhenReopened) {
  if constexpr (!TypeParam::reopens) GTEST_SKIP() << "kept in memory";
  this->store({this->item_of("ann", 14, "s-4"), this->item_of("ann", 15, "s-5")});
  this->store_.reset();
  this->store_ = this->backend_.open();
  EXPECT_EQ(this->newest("ann"), "s-5");
  EXPECT_EQ(this->newest("ann", 14), "s-4");
}

REGISTER_TYPED_TEST_SUITE_P(SnapshotContract,
                            HasNoneOfAnAggregateThatIsUnknown,
                            GivesTheNewestFirst,
                            GivesNoneBeyondTheVersionThatIsAskedFor,
                            KeepsWhatIsStoredBesideTheState,
                            ReplacesOneOfTheSameVersion,
                            KeepsAnyBytesAndManyOfThem,
                            KeepsAggregatesApartWhateverTheirNames,
                            StoresManyAtOnceAndNothingForAnEmptyList,
                            GivesNoMoreThanAreAskedFor,
                            ErasesUpToWhatANewOneSays,
                            ErasesNothingWhileEventsAreYetToBeHidden,
                            ErasesThoseBehindAVersionUpToAnother,
                            KeepsEverythingWhenReopened);

}  // namespace cairn::persistence

#pragma once

#include "conformance/tally.hpp"
#include "lmdb/lmdb_snapshots.hpp"

#include "cairn/bytes.hpp"
#include "cairn/codec.hpp"
#include "cairn/config.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn::conformance {

/// The snapshots of the tally "t" in a store that nobody has open.
class stored_snapshots {
 public:
  explicit stored_snapshots(const std::filesystem::path& store) : folder_(store / "snapshots") {}

  /// (version, sum), newest first.
  [[nodiscard]] std::vector<std::pair<std::uint64_t, std::int64_t>> all() const {
    std::optional<version> damaged;
    const auto found = open()->find({"tally", "t"}, version{UINT64_MAX}, SIZE_MAX, damaged);
    EXPECT_TRUE(found) << describe(found.error());
    std::vector<std::pair<std::uint64_t, std::int64_t>> list;
    for (const auto& one : *found) {
      const auto state = decode<tally::state>(one.state);
      list.emplace_back(one.version.value, state ? state->sum : -1);
    }
    return list;
  }
  [[nodiscard]] std::vector<std::uint64_t> versions() const {
    std::vector<std::uint64_t> list;
    for (const auto& one : all())
      list.push_back(one.first);
    return list;
  }
  void put(std::uint64_t at, std::int64_t sum, std::uint32_t schema_version = 0) const {
    byte_buffer bytes;
    encode(tally::state{sum, false}, bytes);
    const auto done = open()->store(
        {{"tally",
          "t",
          {version{at}, timestamp{}, schema_version, {bytes.view().begin(), bytes.view().end()}},
          {},
          {}}});
    EXPECT_TRUE(done) << describe(done.error());
  }
  void erase(std::uint64_t after, std::uint64_t up_to) const {
    EXPECT_TRUE(open()->erase({"tally", "t"}, version{after}, version{up_to}));
  }
  void erase_all() const { std::filesystem::remove_all(folder_); }
  /// Changes a byte of each snapshot with this sum.
  void damage(std::int64_t sum) const {
    const std::string what = "the sum is [" + std::to_string(sum) + "]";
    std::string text;
    {
      std::ifstream in{folder_ / "data.mdb", std::ios::binary};
      text.assign(std::istreambuf_iterator<char>{in}, {});
    }
    std::size_t found = 0;
    for (auto i = text.find(what); i != std::string::npos; i = text.find(what, i + 1)) {
      text[i] = 'T';
      ++found;
    }
    ASSERT_GT(found, 0U) << what;
    std::ofstream{folder_ / "data.mdb", std::ios::binary} << text;
  }

 private:
  [[nodiscard]] std::unique_ptr<persistence::snapshot_store> open() const {
    auto made = persistence::lmdb::open_snapshots(folder_, 64 * mib);
    EXPECT_TRUE(made) << describe(made.error());
    return *std::move(made);
  }

  std::filesystem::path folder_;
};

}  // namespace cairn::conformance

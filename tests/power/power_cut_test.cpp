#include "power/checks.hpp"
#include "power/disk.hpp"
#include "power/pads.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

// Cuts the power. A process (power_victim) writes to a store while everything that it asks of its
// disk is recorded, together with what its clients are told. Then disks are made that could be left
// when the power goes at some moment of that recording (disk.hpp says what chance may do to them),
// and each is opened and looked at (checks.hpp). The power is cut again while such a store is being
// opened and written to.
//
// CAIRN_POWER_IMAGES: disks for each test, for long runs: 10000. CAIRN_POWER_SEED: another chance;
// printed. A failure keeps its recording and prints the variables that show the same disk again.

namespace cairn::tests::power {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Where syncing costs nothing: what an image must survive has happened before.
std::filesystem::path place_for_images() {
  const std::filesystem::path memory{"/dev/shm"};
  return access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

class image_directory {
 public:
  image_directory() {
    std::string pattern = (place_for_images() / "cairn_power_XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    home_ = pattern;
  }
  image_directory(const image_directory&) = delete;
  image_directory& operator=(const image_directory&) = delete;
  ~image_directory() { std::filesystem::remove_all(home_); }

  /// A path where nothing is.
  std::filesystem::path fresh() {
    std::filesystem::remove_all(home_ / "store");
    return home_ / "store";
  }

 private:
  std::filesystem::path home_;
};

/// The machine has been started again.
void pretend_another_boot(const std::filesystem::path& store) {
  const auto marker = store / "relaxed";
  if (!std::filesystem::exists(marker)) return;
  const auto size = std::filesystem::file_size(marker);
  std::ofstream{marker} << std::string(size, 'x');
}

/// A store as it was, and what then happened to it.
struct life {
  bool relaxed = false;
  std::filesystem::path before;
  recording happened;
};

recording run_victim(const std::filesystem::path& directory, bool relaxed, unsigned generation) {
  const temporary_directory home;
  const std::string file = (home.path() / "recording").string();
  const pid_t child = fork();
  if (child == 0) {
    const char* const mode = relaxed ? "relaxed" : "sync";
    const std::string number = std::to_string(generation);
    execl(
        POWER_VICTIM, POWER_VICTIM, directory.c_str(), file.c_str(), mode, number.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the victim failed: " << status;
  return load(file);
}

/// Right behind each answer (or some that came together), so many while the store is being opened,
/// and `more` others.
std::vector<std::size_t> cuts_of(const recording& all, std::size_t opening, std::size_t more) {
  std::vector<std::size_t> cuts;
  const auto started = static_cast<std::size_t>(
      std::find_if(
          all.begin(), all.end(), [](const operation& one) { return one.path == "started"; }) -
      all.begin());
  for (std::size_t i = 0; i < opening; ++i)
    cuts.push_back(1 + i * started / opening);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_mark = all[i].kind == operation_kind::mark && all[i].path != "started";
    const bool is_last = i + 1 == all.size() || all[i + 1].kind != operation_kind::mark;
    if (is_mark && is_last && all[i].time_ns != 0) cuts.push_back(i + 1);
  }
  const double step = static_cast<double>(all.size()) / static_cast<double>(more);
  for (double at = 1; more > 0 && at < static_cast<double>(all.size()); at += std::max(step, 0.01))
    cuts.push_back(static_cast<std::size_t>(at));
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

class PowerCut : public testing::Test {
 protected:
  static std::uint64_t seed() {
    static const std::uint64_t one = setting("CAIRN_POWER_SEED", 1);
    return one;
  }

  /// Makes the disk of each cut, and looks at it.
  void check_cuts(const life& one, const std::vector<std::size_t>& cuts) {
    disk simulated{one.before};
    std::size_t applied = 0;
    std::size_t images = 0;
    for (const std::size_t cut : cuts) {
      for (; applied < cut; ++applied)
        simulated.apply(one.happened[applied]);
      const auto store = images_.fresh();
      const std::uint64_t chance = seed() * 1'000'003 + images;
      simulated.write_image(store, chance);
      pretend_another_boot(store);
      check_store(store, one.relaxed, promises_until(one.happened, cut, one.relaxed));
      ++images;
      if (HasFailure()) return keep(one, cut, chance);
    }
    std::printf("%zu operations, power cut %zu times, CAIRN_POWER_SEED=%llu\n",
                one.happened.size(),
                images,
                static_cast<unsigned long long>(seed()));
  }

  static void keep(const life& one, std::size_t cut, std::uint64_t chance) {
    std::string kept =
        (std::filesystem::temp_directory_path() / "cairn_power_kept_XXXXXX").string();
    if (::mkdtemp(kept.data()) == nullptr) return;
    std::filesystem::copy(one.before,
                          std::filesystem::path{kept} / "before",
                          std::filesystem::copy_options::recursive);
    save(one.happened, std::filesystem::path{kept} / "recording");
    std::printf(
        "Again: CAIRN_POWER_KEPT=%s CAIRN_POWER_CUT=%zu CAIRN_POWER_CHANCE=%llu "
        "--gtest_filter='*ShowsAKeptDiskAgain/%s'\n",
        kept.c_str(),
        cut,
        static_cast<unsigned long long>(chance),
        one.relaxed ? "relaxed" : "sync");
  }

  /// A store's first life: from nothing, closed and opened again in between.
  life first_life(bool relaxed) {
    const auto store = lives_.path() / "first";
    std::filesystem::create_directory(store);
    const auto nothing = lives_.path() / "nothing";
    std::filesystem::create_directory(nothing);
    return {relaxed, nothing, run_victim(store, relaxed, 0)};
  }

  /// What happens when the power goes in `former` at `cut`, and the store is used again.
  life next_life(const life& former, std::size_t cut, std::uint64_t chance, unsigned generation) {
    const auto before = lives_.path() / ("before " + std::to_string(generation));
    disk simulated{former.before};
    for (std::size_t i = 0; i < cut; ++i)
      simulated.apply(former.happened[i]);
    simulated.write_image(before, chance);
    pretend_another_boot(before);
    const auto store = lives_.path() / ("store " + std::to_string(generation));
    std::filesystem::copy(before, store, std::filesystem::copy_options::recursive);
    const recording happened = run_victim(store, former.relaxed, generation);
    // What must have been kept is promised in this life too, from its beginning.
    recording all;
    for (std::size_t i = 0; i < cut; ++i) {
      const operation& one = former.happened[i];
      if (one.kind == operation_kind::mark) all.push_back({.path = one.path});
    }
    const auto promises = promises_until(former.happened, cut, former.relaxed);
    std::erase_if(all, [](const operation& one) { return one.path == "started"; });
    std::size_t place = 0;
    std::erase_if(all, [&](const operation&) { return !promises[place++].must_be_kept; });
    const std::size_t earlier = all.size();
    for (operation one : happened) {
      const bool points_back =
          one.kind == operation_kind::sync_ended || one.kind == operation_kind::write_ended;
      if (points_back) one.at += earlier;
      all.push_back(std::move(one));
    }
    return {former.relaxed, before, std::move(all)};
  }

  temporary_directory lives_;
  image_directory images_;
};

/// In both modes.
class PowerCuts : public PowerCut, public testing::WithParamInterface<bool> {};

/// The files below a directory with their bytes, but for LMDB's locks, which are memory.
std::map<std::string, std::string> bytes_below(const std::filesystem::path& directory) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{directory}) {
    const std::string path = entry.path().lexically_relative(directory).string();
    if (entry.is_directory()) {
      all[path] = "directory";
    } else if (entry.path().filename() != "lock.mdb") {
      std::ifstream in{entry.path(), std::ios::binary};
      all[path] = std::string{std::istreambuf_iterator<char>{in}, {}};
    }
  }
  return all;
}

TEST_P(PowerCuts, RecordsEveryByteThatTheStoreWrites) {
  const life one = first_life(GetParam());
  disk simulated{one.before};
  for (const operation& what : one.happened)
    simulated.apply(what);
  const auto store = images_.fresh();
  simulated.write_all(store);
  const auto made = bytes_below(store);
  const auto real = bytes_below(lives_.path() / "first");
  for (const auto& [path, bytes] : real) {
    const auto found = made.find(path);
    ASSERT_NE(found, made.end()) << path;
    EXPECT_TRUE(found->second == bytes) << path;
  }
  EXPECT_EQ(made.size(), real.size());
}

TEST_P(PowerCuts, LosesNothingThatWasPromised) {
  const life one = first_life(GetParam());
  ASSERT_FALSE(one.happened.empty());
  const std::uint64_t images = setting("CAIRN_POWER_IMAGES", 60);
  check_cuts(one, cuts_of(one.happened, images, images));
}

TEST_P(PowerCuts, MayComeAgainWhileAStoreRecoversFromOne) {
  const life first = first_life(GetParam());
  ASSERT_FALSE(first.happened.empty());
  std::mt19937_64 random{seed()};
  const std::uint64_t images = setting("CAIRN_POWER_IMAGES", 60);
  for (unsigned generation = 1; generation <= 2 + images / 500 && !HasFailure(); ++generation) {
    const std::size_t cut = first.happened.size() / 4 + random() % (first.happened.size() / 2);
    const life next = next_life(first, cut, random(), generation);
    if (HasFailure()) return keep(first, cut, 0);
    check_cuts(next, cuts_of(next.happened, images, images / 2));
  }
}

/// A failure's disk; see above.
TEST_P(PowerCuts, ShowsAKeptDiskAgain) {
  const char* const kept = std::getenv("CAIRN_POWER_KEPT");
  if (kept == nullptr) GTEST_SKIP() << "nothing is kept";
  const std::filesystem::path home{kept};
  const recording all = load(home / "recording");
  const std::size_t cut = setting("CAIRN_POWER_CUT", 0);
  disk simulated{home / "before"};
  for (std::size_t i = 0; i < cut; ++i)
    simulated.apply(all[i]);
  const auto store = images_.fresh();
  simulated.write_image(store, setting("CAIRN_POWER_CHANCE", 0));
  pretend_another_boot(store);
  check_store(store, GetParam(), promises_until(all, cut, GetParam()));
}

/// A recording of relaxed mode: no image shows that a window ends.
TEST_F(PowerCut, ComesAfterTheSyncOfWhatIsOlderThanTheRelaxedWindow) {
  const temporary_directory store;
  const recording all = run_victim(store.path(), true, 0);
  std::vector<std::int64_t> answered;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_answer = all[i].kind == operation_kind::mark && all[i].path.starts_with("put");
    if (is_answer) answered.push_back(all[i].time_ns);
    if (all[i].kind != operation_kind::mark) continue;
    // What may be lost here was answered this long ago.
    std::int64_t oldest = all[i].time_ns;
    std::size_t place = 0;
    for (const promise& one : promises_until(all, i + 1, true)) {
      if (one.kind != "put") continue;
      if (!one.must_be_kept) oldest = std::min(oldest, answered[place]);
      ++place;
    }
    // A busy machine may let the writer wait; for far longer it must not.
    constexpr std::chrono::nanoseconds lateness = std::chrono::seconds{1};
    EXPECT_LE(all[i].time_ns - oldest, (relaxed_window + lateness).count());
  }
  const auto kept = promises_until(all, all.size(), true);
  EXPECT_TRUE(std::all_of(kept.begin(), kept.end(), [](const promise& one) {
    return one.must_be_kept || one.kind == "saw" || one.kind == "rejected";
  })) << "a clean stop left something in the window";
}

TEST_F(PowerCut, FindsTheRelaxedMarkerAsLongAsThereIsWhatItWarnsOf) {
  const life first = first_life(true);
  const life next = next_life(first, first.happened.size() / 2, 1, 1);
  disk simulated{next.before};
  const auto removal =
      std::find_if(next.happened.begin(), next.happened.end(), [](const operation& one) {
        return one.kind == operation_kind::remove && one.path == "relaxed";
      });
  ASSERT_NE(removal, next.happened.end());
  for (auto one = next.happened.begin(); one != removal; ++one)
    simulated.apply(*one);
  const auto store = images_.fresh();
  simulated.write_durable(store);
  for (const char* derived : {"snapshots", "views", "p0000/index", "p0001/index"})
    EXPECT_FALSE(std::filesystem::exists(store / derived)) << derived;
}

INSTANTIATE_TEST_SUITE_P(In, PowerCuts, testing::Bool(), [](const auto& mode) {
  return std::string{mode.param ? "relaxed" : "sync"};
});

}  // namespace
}  // namespace cairn::tests::power

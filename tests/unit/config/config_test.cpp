#include "cairn/config.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using cairn::config;
using cairn::gib;
using cairn::kib;
using cairn::mib;
using cairn::tib;
using namespace std::chrono_literals;

/// What is wrong with `toml`; empty if nothing is.
std::string faults_of(std::string_view toml) {
  const auto got = config::parse(toml, "bank.toml");
  if (got) return {};
  EXPECT_EQ(got.error().what, cairn::error::code::bad_config);
  return got.error().detail;
}

std::string faults_of(const config& settings) {
  const auto got = cairn::check(settings);
  if (got) return {};
  EXPECT_EQ(got.error().what, cairn::error::code::bad_config);
  return got.error().detail;
}

/// Parses `lines` in a file that is otherwise good.
config read(const std::string& lines) {
  const auto got = config::parse("store.in_memory = true\n" + lines, "bank.toml");
  EXPECT_TRUE(got) << (got ? "" : got.error().detail);
  return got ? *got : config{};
}

/// A variable of the environment, for as long as it lives.
class variable {
 public:
  variable(std::string name, const std::string& value) : name_(std::move(name)) {
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~variable() { ::unsetenv(name_.c_str()); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  std::string name_;
};

class ConfigFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "cairn_config_XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path write(std::string_view text) {
    std::ofstream{path()} << text;
    return path();
  }
  [[nodiscard]] std::filesystem::path path() const { return directory_ / "bank.toml"; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
};

TEST(Config, HasDefaultsThatNeedOnlyAPlaceForTheStore) {
  EXPECT_EQ(faults_of(config{.store = "/var/lib/bank"}), "");
  EXPECT_EQ(faults_of(config{.in_memory = true}), "");
  EXPECT_EQ(faults_of(config{}),
            "store.path: is required: name a directory, or set store.in_memory to true");
}

TEST(Config, IsReadFromItsSections) {
  const auto got = config::parse(R"(
[store]
path = "/var/lib/bank"
partitions = 4
[durability]
mode = "relaxed"
relaxed_window = "250 ms"
[index]
flush_events = 1_000
)",
                                 "bank.toml");
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(*got,
            (config{.store = "/var/lib/bank",
                    .partitions = 4,
                    .durability = config::durability_mode::relaxed,
                    .relaxed_window = 250ms,
                    .index_flush_events = 1'000}));
}

TEST(Config, TakesSizesAsBytesOrWithAUnit) {
  EXPECT_EQ(read("limits.event_bytes_max = 4096").event_bytes_max, 4 * kib);
  EXPECT_EQ(read("limits.event_bytes_max = \"4096\"").event_bytes_max, 4 * kib);
  EXPECT_EQ(read("limits.event_bytes_max = \"4096 B\"").event_bytes_max, 4 * kib);
  EXPECT_EQ(read("limits.event_bytes_max = \"12 KiB\"").event_bytes_max, 12 * kib);
  EXPECT_EQ(read("limits.event_bytes_max = \"2MiB\"").event_bytes_max, 2 * mib);
  EXPECT_EQ(read("store.log_map_bytes = \"3 GiB\"").log_map_bytes, 3 * gib);
  EXPECT_EQ(read("store.log_map_bytes = \"2 TiB\"").log_map_bytes, 2 * tib);
}

TEST(Config, TakesAReplacementPolicyByItsName) {
  using policy = config::replacement_policy;
  EXPECT_EQ(read("").awake_replacement, policy::lru);
  EXPECT_EQ(read("actors.awake_replacement = \"lru\"").awake_replacement, policy::lru);
  EXPECT_EQ(read("actors.awake_replacement = \"mru\"").awake_replacement, policy::mru);
  EXPECT_EQ(read("actors.awake_replacement = \"lfu\"").awake_replacement, policy::lfu);
  EXPECT_EQ(read("actors.awake_replacement = \"segmented_lru\"").awake_replacement,
            policy::segmented_lru);
  EXPECT_EQ(read("actors.awake_replacement = \"w_tiny_lfu\"").awake_replacement,
            policy::w_tiny_lfu);
}

TEST(Config, RefusesAReplacementPolicyThatItDoesNotKnowAndSharesThatLeaveNothing) {
  const std::string expected =
      "expected \"lru\", \"mru\", \"lfu\", \"segmented_lru\" or \"w_tiny_lfu\"";
  EXPECT_EQ(faults_of("store.in_memory = true\nactors.awake_replacement = \"fifo\""),
            "bank.toml:2: actors.awake_replacement: \"fifo\": " + expected);
  EXPECT_EQ(faults_of(config{.in_memory = true,
                             .awake_replacement = static_cast<config::replacement_policy>(5),
                             .awake_levels = 9,
                             .awake_protected_percent = 100,
                             .awake_window_percent = 81}),
            "actors.awake_replacement: not one of the values; " + expected +
                "\n"
                "actors.awake_levels: 9 is out of range; it must be 2 to 8\n"
                "actors.awake_protected_percent: 100 is out of range; it must be 1 to 99\n"
                "actors.awake_window_percent: 81 is out of range; it must be 1 to 80");
}

TEST(Config, TakesDurationsWithAUnit) {
  EXPECT_EQ(read("actors.stop_timeout = \"250 ms\"").stop_timeout, 250ms);
  EXPECT_EQ(read("actors.stop_timeout = \"2s\"").stop_timeout, 2s);
  EXPECT_EQ(read("actors.sleep_after = \"5 min\"").sleep_after, 5min);
  EXPECT_EQ(read("actors.sleep_after = \"2 h\"").sleep_after, 2h);
  EXPECT_EQ(read("actors.sleep_after = \"3000 ms\"").sleep_after, 3s);
}

TEST(Config, RefusesADurationWithoutAUnit) {
  EXPECT_EQ(faults_of("store.in_memory = true\nactors.stop_timeout = 250"),
            "bank.toml:2: actors.stop_timeout: 250 has no unit; expected a duration with its unit, "
            "in quotes, such as \"250 ms\", \"2 s\" or \"5 min\"");
  EXPECT_EQ(faults_of("store.in_memory = true\nactors.stop_timeout = \"250\""),
            "bank.toml:2: actors.stop_timeout: \"250\" has no unit: expected a duration with a "
            "unit such as \"250 ms\", \"2 s\" or \"5 min\"");
}

TEST(Config, RefusesUnitsThatItDoesNotKnow) {
  EXPECT_EQ(faults_of("store.in_memory = true\nlimits.event_bytes_max = \"64 MB\""),
            "bank.toml:2: limits.event_bytes_max: \"64 MB\": unknown unit \"MB\"; the units are B, "
            "KiB, MiB, GiB, TiB");
  EXPECT_EQ(faults_of("store.in_memory = true\nactors.sleep_after = \"2 days\""),
            "bank.toml:2: actors.sleep_after: \"2 days\": unknown unit \"days\"; the units are ms, "
            "s, min, h");
  EXPECT_EQ(faults_of("store.in_memory = true\nactors.sleep_after = \"1500 ms\""),
            "bank.toml:2: actors.sleep_after: must be whole seconds");
}

TEST(Config, RefusesTextsThatAreNoQuantity) {
  for (const std::string_view text :
       {"", "MiB", "-1 MiB", "1.5 MiB", "1__0 B", "_1 B", "1_ B", "99999999999999999999 B"}) {
    const auto toml =
        "store.in_memory = true\nlimits.event_bytes_max = \"" + std::string{text} + "\"";
    EXPECT_NE(faults_of(toml).find("bank.toml:2: limits.event_bytes_max: "), std::string::npos)
        << text;
  }
  EXPECT_NE(faults_of("store.reserve_bytes = \"18446744073709551615 TiB\"").find("too large"),
            std::string::npos);
}

TEST(Config, RefusesWrongTypesWithTheirLine) {
  EXPECT_EQ(faults_of("[store]\nin_memory = \"true\"\npath = 7\npartitions = \"two\"\n"
                      "[actors]\nworkers = 1.5\n[durability]\nmode = true\n"),
            "bank.toml:2: store.in_memory: expected true or false, found a text\n"
            "bank.toml:3: store.path: expected a text, found an integer\n"
            "bank.toml:4: store.partitions: expected an integer, found a text\n"
            "bank.toml:6: actors.workers: expected an integer, found a number with a fraction\n"
            "bank.toml:8: durability.mode: expected \"sync\" or \"relaxed\", found a truth value");
}

TEST(Config, RefusesValuesOutOfRangeWithTheirLine) {
  EXPECT_EQ(faults_of("[store]\nin_memory = true\npartitions = 0\nlog_map_bytes = \"100 TiB\"\n"
                      "index_map_bytes = 2_000_000\n[actors]\nworkers = -1\nsleep_after = \"0 s\""),
            "bank.toml:3: store.partitions: 0 is out of range; it must be 1 to 1024\n"
            "bank.toml:4: store.log_map_bytes: 100 TiB is out of range; it must be 1 MiB to 64 "
            "TiB, in steps of 64 KiB\n"
            "bank.toml:5: store.index_map_bytes: 2000000 B is not a multiple of 64 KiB\n"
            "bank.toml:7: actors.workers: -1 is out of range; it must be 0 to 1024\n"
            "bank.toml:8: actors.sleep_after: 0 s is out of range; it must be 1 s to 168 h");
}

TEST(Config, RefusesNumbersThatItsMembersCouldNotHold) {
  EXPECT_EQ(faults_of("[store]\nin_memory = true\npartitions = 65_537"),
            "bank.toml:3: store.partitions: 65_537 is out of range; it must be 1 to 1024");
}

TEST(Config, GuessesWhatAnUnknownNameShouldBe) {
  EXPECT_EQ(faults_of("[store]\nin_memory = true\npartitoins = 2\nworkers = 2\ncolour = 1"),
            "bank.toml:3: store.partitoins: no such setting; did you mean partitions?\n"
            "bank.toml:4: store.workers: no such setting; did you mean workers in [actors]?\n"
            "bank.toml:5: store.colour: no such setting");
  EXPECT_EQ(faults_of("store.in_memory = true\nworkers = 2\n[limit]\n[weather]"),
            "bank.toml:2: workers: stands in no section; did you mean workers in [actors]?\n"
            "bank.toml:3: [limit]: no such section; did you mean [limits]?\n"
            "bank.toml:4: [weather]: no such section");
}

TEST(Config, RefusesASectionThatIsNone) {
  EXPECT_EQ(faults_of("store.in_memory = true\n[[limits]]\nevent_bytes_max = 64"),
            "bank.toml:2: limits: expected a section [limits], found an array");
}

TEST(Config, ReportsASyntaxErrorWithItsLineAndNothingElse) {
  const auto faults = faults_of("[store]\npath = /var/lib/bank\n");
  EXPECT_EQ(faults.find("bank.toml:2: "), 0U) << faults;
  EXPECT_EQ(faults.find('\n'), std::string::npos) << faults;
  EXPECT_EQ(faults_of("[store]\npartitions = 1\npartitions = 2\n").find("bank.toml:3: "), 0U);
}

TEST(Config, ChecksWhatDoesNotGoTogether) {
  EXPECT_EQ(faults_of("[store]\nin_memory = true\n[limits]\ncommit_bytes_max = \"64 KiB\""),
            "bank.toml:4: limits.event_bytes_max: 1 MiB is more than limits.commit_bytes_max, 64 "
            "KiB: no commit could hold such an event");
  EXPECT_EQ(faults_of(config{.in_memory = true, .commands_in_flight_max = 100}),
            "limits.commands_per_aggregate_max: 4096 is more than limits.commands_in_flight_max, "
            "100: the limit would never be reached");
}

TEST(Config, KeepsTheMapsWithinTheAddressSpaceOfAProcess) {
  EXPECT_EQ(faults_of(config{.store = "/s", .partitions = 51}), "");
  EXPECT_EQ(faults_of(config{.store = "/s", .partitions = 52}),
            "store.partitions: the maps of all logs and indexes take 65 TiB of address space, more "
            "than 64 TiB: lower store.log_map_bytes or store.index_map_bytes");
  EXPECT_EQ(faults_of(config{.in_memory = true, .partitions = 52}), "");
}

TEST(Config, ReportsEveryFaultOfAStructFilledInCode) {
  const config bad{.store = std::string{"a\0b", 3},
                   .partitions = 0,
                   .durability = static_cast<config::durability_mode>(7),
                   .sleep_after = -5s,
                   .read_model_batch = 0};
  EXPECT_EQ(faults_of(bad),
            "store.path: must be UTF-8 without NUL bytes\n"
            "durability.mode: not one of the values; expected \"sync\" or \"relaxed\"\n"
            "store.partitions: 0 is out of range; it must be 1 to 1024\n"
            "actors.sleep_after: a negative duration; it must be 1 s to 168 h\n"
            "read_models.batch: 0 is out of range; it must be 1 to 1_000_000");
}

TEST(Config, SurvivesNumbersAtTheirLimits) {
  const config bad{.in_memory = true,
                   .log_map_bytes = std::numeric_limits<std::uint64_t>::max(),
                   .sleep_after = std::chrono::seconds::max(),
                   .stop_timeout = std::chrono::milliseconds::min()};
  EXPECT_NE(faults_of(bad).find("store.log_map_bytes: 18446744073709551615 B"), std::string::npos);
  EXPECT_NE(cairn::to_toml(bad), "");
}

TEST(Config, PrintsAFileThatReadsBackTheSame) {
  const config plain{.store = "/var/lib/bank"};
  const config odd{.store = "a \"quoted\"\\path\nwith \x7F and \u00e9",
                   .in_memory = true,
                   .partitions = 3,
                   .prefill_bytes = 0,
                   .durability = config::durability_mode::relaxed,
                   .relaxed_window = 1'234ms,
                   .awake_replacement = config::replacement_policy::w_tiny_lfu,
                   .awake_levels = 4,
                   .awake_protected_percent = 75,
                   .awake_window_percent = 5,
                   .awake_window_adapts = false,
                   .sleep_after = 3'601s,
                   .stop_timeout = 0ms,
                   .event_bytes_max = 1'000'001,
                   .unindexed_events_max = 1'000'000'000};
  for (const config& each : {plain, odd}) {
    const auto text = cairn::to_toml(each);
    const auto got = config::parse(text, "printed.toml");
    ASSERT_TRUE(got) << got.error().detail << "\n" << text;
    EXPECT_EQ(*got, each) << text;
  }
}

TEST(Config, PrintsEachSettingWithItsMeaningRangeAndVariable) {
  const auto text = cairn::to_toml(config{.store = "/var/lib/bank"});
  EXPECT_NE(text.find("# Logs with one writer each. Fixed once the store exists.\n"
                      "# 1 to 1024; default 1. CAIRN_STORE_PARTITIONS\n"
                      "partitions = 1\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nlog_map_bytes = \"1 TiB\"\n"), std::string::npos);
  EXPECT_NE(text.find("\nsleep_after = \"2 min\"\n"), std::string::npos);
}

TEST(Config, IsDescribedInTheReadmeSettingBySetting) {
  std::ifstream file{CAIRN_SETTINGS_README};
  std::stringstream readme;
  readme << file.rdbuf();
  std::istringstream printed{cairn::to_toml(config{})};
  std::string section;
  std::size_t settings = 0;
  for (std::string line; std::getline(printed, line);) {
    if (line.starts_with('[')) section = line.substr(1, line.size() - 2);
    const auto equals = line.find(" = ");
    if (line.starts_with('#') || equals == std::string::npos) continue;
    ++settings;
    const auto row =
        "| `" + section + "." + line.substr(0, equals) + "` | `" + line.substr(equals + 3) + "` |";
    EXPECT_NE(readme.str().find(row), std::string::npos) << "README.md has no row " << row;
  }
  EXPECT_GE(settings, 32U);
}

TEST_F(ConfigFile, IsLoaded) {
  const auto got = config::load(write("[store]\npath = \"/var/lib/bank\"\n"));
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(*got, config{.store = "/var/lib/bank"});
}

TEST_F(ConfigFile, IsOverriddenByTheEnvironment) {
  const variable path{"CAIRN_STORE_PATH", "/elsewhere"};
  const variable workers{"CAIRN_ACTORS_WORKERS", "7"};
  const variable size{"CAIRN_LIMITS_EVENT_BYTES_MAX", "2 MiB"};
  const variable time{"CAIRN_READ_MODELS_LINGER", "5 ms"};
  const variable mode{"CAIRN_DURABILITY_MODE", "relaxed"};
  const variable flag{"CAIRN_STORE_IN_MEMORY", "true"};
  const auto got = config::load(write("[actors]\nworkers = 2\nrecoveries_max = 9\n"));
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(*got,
            (config{.store = "/elsewhere",
                    .in_memory = true,
                    .durability = config::durability_mode::relaxed,
                    .workers = 7,
                    .recoveries_max = 9,
                    .event_bytes_max = 2 * mib,
                    .read_model_linger = 5ms}));
}

TEST_F(ConfigFile, ReportsFaultsOfTheFileAndTheEnvironmentTogether) {
  const variable flag{"CAIRN_STORE_IN_MEMORY", "yes"};
  const variable workers{"CAIRN_ACTORS_WORKERS", "many"};
  const variable partitions{"CAIRN_STORE_PARTITIONS", "5000"};
  const auto file = write("[store]\npath = \"/s\"\ncolour = 1\n");
  const auto got = config::load(file);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().detail,
            file.native() +
                ":3: store.colour: no such setting\n"
                "CAIRN_ACTORS_WORKERS: actors.workers: \"many\": expected a whole number such as "
                "1000\n"
                "CAIRN_STORE_IN_MEMORY: store.in_memory: \"yes\": expected true or false\n"
                "CAIRN_STORE_PARTITIONS: store.partitions: 5000 is out of range; it must be 1 to "
                "1024");
}

TEST_F(ConfigFile, RefusesAVariableThatLooksLikeASlip) {
  const variable slip{"CAIRN_STORE_PAHT", "/elsewhere"};
  const variable of_others{"CAIRN_SERVICE_HOST", "10.0.0.1"};
  const auto got = config::load(write("[store]\npath = \"/s\"\n"));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().detail,
            "CAIRN_STORE_PAHT: no such setting; did you mean CAIRN_STORE_PATH?");
}

TEST_F(ConfigFile, IsNotOverriddenWhenATextIsParsed) {
  const variable path{"CAIRN_STORE_PATH", "/elsewhere"};
  EXPECT_EQ(faults_of("store.path = \"/here\""), "");
  EXPECT_EQ(config::parse("store.path = \"/here\"", "bank.toml")->store, "/here");
}

TEST_F(ConfigFile, SaysWhyItCannotBeRead) {
  const auto missing = config::load(path());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what, cairn::error::code::bad_config);
  EXPECT_EQ(missing.error().detail,
            path().native() + ": cannot be opened: No such file or directory");
  EXPECT_EQ(config::load(directory()).error().detail, directory().native() + ": is a directory");
  const auto large = config::load(write(std::string(1 * mib + 1, '#')));
  EXPECT_EQ(large.error().detail, path().native() + ": is longer than 1 MiB");
}

}  // namespace

#include "grid/result_file.hpp"

#include "support/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace {

using bench::result_file;

class ResultFile : public testing::Test {
 protected:
  void add(const std::string& key, bool verified = true) {
    result_file file{path_, false};
    file.add(result_file::begin_point(key).set("rate_per_s", 1.5).set("verified", verified));
  }
  void append(const std::string& text) { std::ofstream{path_, std::ios::app} << text; }
  [[nodiscard]] std::string content() const {
    std::ifstream in{path_};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  const bench::scratch_directory scratch_{std::filesystem::temp_directory_path()};
  const std::filesystem::path path_ = scratch_.path() / "new" / "grid.jsonl";
};

TEST_F(ResultFile, KnowsWhatEarlierRunsHaveMeasured) {
  add("payload: 32 B");
  add("payload: 100 B");
  const result_file file{path_, false};
  EXPECT_TRUE(file.has("payload: 32 B"));
  EXPECT_TRUE(file.has("payload: 100 B"));
  EXPECT_FALSE(file.has("payload: 10 B"));
}

TEST_F(ResultFile, DoesNotCountWhatWasNotVerified) {
  add("one", false);
  EXPECT_FALSE((result_file{path_, false}.has("one")));
  add("one");
  EXPECT_TRUE((result_file{path_, false}.has("one")));
}

TEST_F(ResultFile, CutsOffHalfALine) {
  add("one");
  const std::string whole = content();
  append(R"({"kind": "point", "point": "two", "rate)");
  EXPECT_FALSE((result_file{path_, false}.has("two")));
  EXPECT_EQ(content(), whole);
  append(R"({"ki)");
  EXPECT_TRUE((result_file{path_, false}.has("one")));
  EXPECT_EQ(content(), whole);
}

TEST_F(ResultFile, BeginsAnewWhenTold) {
  add("one");
  EXPECT_FALSE((result_file{path_, true}.has("one")));
  EXPECT_EQ(content(), "");
}

TEST_F(ResultFile, LeavesOtherFilesAlone) {
  std::filesystem::create_directories(path_.parent_path());
  for (const std::string text : {"# notes", "# notes\n", "{\"bench\": \"memory\"}\n"}) {
    std::ofstream{path_} << text;
    EXPECT_THROW((result_file{path_, false}), std::runtime_error);
    EXPECT_EQ(content(), text);
  }
}

}  // namespace

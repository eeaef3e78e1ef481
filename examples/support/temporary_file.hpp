#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace support::testing {

/// A file with these contents, as long as it lives. Named after the test.
class temporary_file {
 public:
  explicit temporary_file(std::string_view contents)
      : path_(std::filesystem::path{::testing::TempDir()} / name()) {
    std::ofstream{path_, std::ios::binary} << contents;
  }
  ~temporary_file() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  static std::string name() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    // Tests of several programs run at the same time, and their names need not differ.
    return std::string{test->test_suite_name()} + "." + test->name() + "." +
           std::to_string(::getpid()) + ".csv";
  }

  std::filesystem::path path_;
};

}  // namespace support::testing

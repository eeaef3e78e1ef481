#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <unistd.h>

namespace bank::testing {

/// A place for a store, as long as it lives. Named after the test; empty at first.
class temporary_folder {
 public:
  temporary_folder()
      : path_(std::filesystem::path{::testing::TempDir()} /
              (std::string{"bank."} +
               ::testing::UnitTest::GetInstance()->current_test_info()->name() + "." +
               std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bank::testing

#pragma once

#include "fines/app/store.hpp"

#include <gtest/gtest.h>

#include <cairn/cairn.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <unistd.h>

namespace fines::testing {

/// A store in a folder of its own, named after the test, as long as it lives. Empty at first.
class fines_store {
 public:
  fines_store() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    reopen();
  }
  ~fines_store() {
    if (app_) static_cast<void>(app_->stop());
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  fines_store(const fines_store&) = delete;
  fines_store& operator=(const fines_store&) = delete;

  /// Closes the store, if it is open, and starts it again.
  void reopen() {
    if (app_) {
      EXPECT_TRUE(app_->stop());
    }
    clock_ = std::make_shared<town_clock>();
    app_ = open_store({.store = folder_ / "store"}, if_absent::create, clock_);
    EXPECT_TRUE(app_) << cairn::describe(app_.error());
  }

  [[nodiscard]] cairn::runtime& app() { return *app_; }
  [[nodiscard]] town_clock& clock() { return *clock_; }
  /// Something beside the store.
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }

 private:
  static std::filesystem::path own_folder() {
    const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
    return std::filesystem::path{::testing::TempDir()} /
           (std::string{"fines."} + test->test_suite_name() + "." + test->name() + "." +
            std::to_string(::getpid()));
  }

  std::filesystem::path folder_ = own_folder();
  std::shared_ptr<town_clock> clock_;
  cairn::result<cairn::runtime> app_ = cairn::error{cairn::error::code::not_found, "not started"};
};

}  // namespace fines::testing

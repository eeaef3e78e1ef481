#pragma once

#include "connection.hpp"

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace cairn::sqlite {

/// Connections to one file for those who read. Any thread.
class reader_pool {
 public:
  /// A connection that nobody else has, until this is dropped. One thread; not longer than the
  /// pool.
  class lease {
   public:
    lease(lease&&) noexcept = default;
    lease& operator=(lease&&) = delete;
    ~lease() {
      if (one_) of_->give_back(std::move(one_), age_);
    }
    [[nodiscard]] connection& operator*() const noexcept { return *one_; }
    [[nodiscard]] connection* operator->() const noexcept { return one_.get(); }

   private:
    friend reader_pool;
    lease(reader_pool& of, std::unique_ptr<connection> one, std::uint64_t age)
        : of_(&of), one_(std::move(one)), age_(age) {}

    reader_pool* of_;
    std::unique_ptr<connection> one_;
    std::uint64_t age_;
  };

  reader_pool(std::filesystem::path file, options settings)
      : file_(std::move(file)), settings_(settings) {}

  /// overloaded: as many as there may be are in use, and remain so for options::wait_max. Otherwise
  /// why the file cannot be opened.
  [[nodiscard]] result<lease> take();

  /// From now on the file is another one: those that are open are of no use.
  void forget();

 private:
  void give_back(std::unique_ptr<connection> one, std::uint64_t age);

  const std::filesystem::path file_;
  const options settings_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<std::unique_ptr<connection>> idle_;
  std::uint32_t in_use_ = 0;
  std::uint64_t age_ = 0;
};

}  // namespace cairn::sqlite

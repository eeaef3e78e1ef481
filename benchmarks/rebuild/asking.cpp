#include "rebuild/asking.hpp"

#include <utility>

namespace bench {
namespace {

constexpr std::chrono::milliseconds between{1};

double microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

}  // namespace

asking::asking(std::function<answer()> ask) : ask_(std::move(ask)), thread_([this] { run(); }) {}

asking::~asking() {
  ends_ = true;
  thread_.join();
}

void asking::run() {
  while (!ends_) {
    const auto begin = std::chrono::steady_clock::now();
    answer got = ask_();
    const auto took = std::chrono::steady_clock::now() - begin;
    {
      const std::lock_guard lock{mutex_};
      latencies_->record(took);
      ++seen_.questions;
      if (got.trouble.empty() && got.shows < shown_) got.trouble = "an older picture than before";
      shown_ = got.shows;
      if (!got.trouble.empty()) ++seen_.failed;
      if (seen_.trouble.empty()) seen_.trouble = std::move(got.trouble);
    }
    std::this_thread::sleep_until(begin + between);
  }
}

asking::seen asking::take() {
  const std::lock_guard lock{mutex_};
  seen_.p50_us = microseconds(latencies_->quantile(0.5));
  seen_.p99_us = microseconds(latencies_->quantile(0.99));
  latencies_ = std::make_unique<histogram>();
  return std::exchange(seen_, {});
}

}  // namespace bench

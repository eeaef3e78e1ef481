#include "reader_pool.hpp"

namespace cairn::sqlite {

result<reader_pool::lease> reader_pool::take() {
  std::unique_lock lock{mutex_};
  const auto is_room = [this] {
    return in_use_ < settings_.readers_max;
  };
  if (!given_back_.wait_for(lock, settings_.wait_max, is_room)) {
    return error{error::code::overloaded,
                 std::to_string(in_use_) + " queries read " + file_.string() + " already"};
  }
  ++in_use_;
  const std::uint64_t age = age_;
  std::unique_ptr<connection> one;
  if (!idle_.empty()) {
    one = std::move(idle_.back());
    idle_.pop_back();
  }
  lock.unlock();
  if (!one) {
    auto opened = connection::open(file_, connection::use::reading, settings_);
    if (!opened) {
      give_back(nullptr, age);
      return opened.error();
    }
    one = *std::move(opened);
  }
  return lease{*this, std::move(one), age};
}

void reader_pool::give_back(std::unique_ptr<connection> one, std::uint64_t age) {
  if (one) one->roll_back();
  {
    const std::lock_guard lock{mutex_};
    --in_use_;
    if (one && age == age_) idle_.push_back(std::move(one));
  }
  given_back_.notify_one();
}

void reader_pool::forget() {
  std::vector<std::unique_ptr<connection>> old;
  const std::lock_guard lock{mutex_};
  old.swap(idle_);
  ++age_;
}

}  // namespace cairn::sqlite

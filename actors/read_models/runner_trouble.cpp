#include "read_models/runner.hpp"

#include <utility>

namespace cairn::actors {
namespace {

constexpr unsigned repeats_max = 3;

std::string place_of(const feed_failure& failed) {
  std::string text =
      failed.event_type.empty() ? "cannot read what is" : "cannot apply " + failed.event_type;
  text += " at offset " + std::to_string(failed.position.offset);
  return text + " of partition " + std::to_string(failed.position.partition.value);
}

std::string reason(const error& why) {
  std::string text{to_string(why.what)};
  if (!why.detail.empty()) text.append(": ").append(why.detail);
  return text;
}

}  // namespace

void runner::on_failure(const feed_failure& failed) {
  if (failed.at == feed_failure::place::storage) return on_storage_failure(failed.why);
  trouble& known = troubles_[failed.position.partition.value];
  if (known.offset != failed.position.offset) known = {.offset = failed.position.offset};
  if (++known.attempts > repeats_max) return stop_on(failed);
  known.retry_at = time_.steady() + pace_.delay_after(known.attempts);
  log(log_level::warning, place_of(failed) + ", will try again: " + reason(failed.why));
}

void runner::on_storage_failure(const error& why) {
  ++storage_attempts_;
  const bool may_pass = why.what == error::code::store_full;
  if (!may_pass && storage_attempts_ > repeats_max) {
    log(log_level::error, "has stopped: " + reason(why));
    return progress_.stop({why.what, label() + ": " + reason(why)});
  }
  if (storage_attempts_ == 1) {
    log(log_level::warning, "cannot store, will try again: " + reason(why));
  }
  pace_.failed(time_.steady(), storage_attempts_);
}

void runner::stop_on(const feed_failure& failed) {
  const std::string what = place_of(failed) + ": " + reason(failed.why);
  log(log_level::error, "has stopped: " + what);
  progress_.stop({failed.why.what, label() + ": " + what});
}

}  // namespace cairn::actors

#include "read_models/failure_text.hpp"
#include "read_models/restart_delay.hpp"
#include "read_models/runner.hpp"

#include <algorithm>
#include <utility>

namespace cairn::actors {
namespace {

constexpr unsigned storage_repeats_max = 3;

}  // namespace

void runner::on_failure(const feed_failure& failed) {
  if (failed.at == feed_failure::place::storage) return on_storage_failure(failed.why);
  if (failed.at == feed_failure::place::receiver) return on_receiver_failure(failed);
  trouble& known = troubles_[failed.position.partition.value];
  if (known.offset != failed.position.offset) {
    known = {};
    known.offset = failed.position.offset;
  }
  progress_.note({failed.why.what, label() + ": " + place_of(failed) + ": " + reason(failed.why)});
  if (++known.attempts < settings_.attempts) {
    known.retry_at = time_.steady() + pace_.delay_after(known.attempts);
    return log(log_level::warning, place_of(failed) + ", will try again: " + reason(failed.why));
  }
  if (failed.at == feed_failure::place::event && settings_.on_failure != failure_policy::stop) {
    known.given_up = true;
    known.why = reason(failed.why);
    return;
  }
  known.last_word = failed;
}

void runner::stop_where_due() {
  if (progress_.stopped()) return;
  for (std::size_t i = 0; i < troubles_.size(); ++i) {
    const trouble& known = troubles_[i];
    if (known.last_word && cursors_[i].next_offset >= known.offset) {
      return stop_on(*known.last_word);
    }
  }
}

bool runner::something_given_up() const {
  return std::any_of(
      troubles_.begin(), troubles_.end(), [](const trouble& known) { return known.given_up; });
}

unsigned runner::held_up_by(const error& why) {
  const error told{why.what, label() + ": " + reason(why)};
  progress_.note(told);
  progress_.wait_on(told);
  pace_.failed(time_.steady(), ++storage_attempts_);
  return storage_attempts_;
}

void runner::on_storage_failure(const error& why) {
  const unsigned attempts = held_up_by(why);
  const bool may_pass = why.what == error::code::store_full || why.what == error::code::unavailable;
  // A database that comes back may be another one than before: a copy that lags behind.
  if (why.what == error::code::unavailable && !type_.in_memory()) reload_ = true;
  if (!may_pass && attempts > storage_repeats_max) {
    log(log_level::error, "has stopped: " + reason(why));
    return halt({why.what, label() + ": " + reason(why)});
  }
  if (attempts == 1) log(log_level::warning, "cannot store, will try again: " + reason(why));
}

void runner::on_receiver_failure(const feed_failure& failed) {
  // It was told to return.
  if (jobs_.closed()) return;
  if (held_up_by(failed.why) == 1) {
    log(log_level::warning, place_of(failed) + ", will try again: " + reason(failed.why));
  }
}

void runner::stop_on(const feed_failure& failed) {
  const std::string what = place_of(failed) + ": " + reason(failed.why);
  log(log_level::error, "has stopped: " + what);
  halt({failed.why.what, label() + ": " + what});
}

void runner::halt(error why) {
  if (!settings_.restart) return progress_.stop(std::move(why));
  std::uint64_t passed = 0;
  for (const persistence::log_cursor& one : cursors_) {
    passed += one.applied();
  }
  stops_in_row_ = passed == passed_at_stop_ ? stops_in_row_ + 1 : 1;
  passed_at_stop_ = passed;
  const auto now = time_.steady();
  const auto seed = static_cast<std::uint64_t>(time_.now().time_since_epoch().count());
  restart_at_ = now + restart_delay(*settings_.restart, stops_in_row_, type_.name(), seed);
  // The pause has begun before anybody hears of the stop.
  progress_.stop(std::move(why));
  set_timer(restart_at_, now);
}

bool runner::starts_again(time_point now) {
  if (!settings_.restart || jobs_.closed()) return false;
  if (now < restart_at_) {
    set_timer(restart_at_, now);
    return false;
  }
  if (auto done = begin_again(true); !done) {
    halt(done.error());
    return false;
  }
  return true;
}

result<void> runner::begin_again(bool by_itself) {
  if (harmed_) {
    open_batch batch{*fold_, nullptr};
    if (auto opened = batch.open(); !opened) return opened;
    if (auto done = mend(batch); !done) return done;
  }
  troubles_.assign(troubles_.size(), {});
  storage_attempts_ = 0;
  progress_.wait_on(std::nullopt);
  pace_.begin_anew();
  // The tables may have changed behind our back: perhaps a commit has been stored after all.
  reload_ = !type_.in_memory();
  progress_.go_on(by_itself);
  log(log_level::info, "has started again");
  return {};
}

}  // namespace cairn::actors

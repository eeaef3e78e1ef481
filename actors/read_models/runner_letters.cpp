#include "read_models/failure_text.hpp"
#include "read_models/letter_rows.hpp"
#include "read_models/runner.hpp"

#include <utility>

namespace cairn::actors {

result<void> runner::load_letters() {
  const auto reader = view_->read();
  if (!reader) return reader.error();
  auto done = read_letters((*reader)->tables(), places_.letters, letters_);
  publish_letters();
  return done;
}

result<void> runner::put_letters(open_batch& batch) {
  if (letters_.added().empty()) return {};
  if (auto opened = batch.open(); !opened) return opened;
  for (const parked_letter* one : letters_.added()) {
    put_letter(batch.tables(), places_.letters, *one);
  }
  return {};
}

void runner::passed_over(const std::vector<position>& skipped) {
  if (!skipped.empty()) {
    progress_.skipped(skipped.size());
    for (const position& one : skipped) {
      log(log_level::warning, "has skipped the event" + place_of(one));
    }
  }
  if (letters_.added().empty()) return;
  for (const parked_letter* one : letters_.added()) {
    // The others only stand behind it.
    if (one->letter.attempts == 0) continue;
    log(log_level::warning,
        "has parked " + one->letter.event_type + place_of(one->letter.position) +
            ", sequence key \"" + one->letter.sequence_key + "\": " + one->letter.why);
  }
  letters_.accept();
  publish_letters();
}

result<void> runner::ready_to_change() {
  if (harmed_) return *progress_.refusal();
  if (!reload_) return {};
  return reload();
}

result<std::vector<dead_letter>> runner::dead_letters(const dead_letter_query& query) {
  return in_strand<std::vector<dead_letter>>(
      [&]() -> result<std::vector<dead_letter>> { return letters_.list(query); });
}

result<std::vector<dead_letter_count>> runner::dead_letter_keys() {
  return in_strand<std::vector<dead_letter_count>>(
      [&]() -> result<std::vector<dead_letter_count>> { return letters_.counts(); });
}

result<std::uint64_t> runner::discard_dead_letters(const std::optional<std::string>& sequence_key) {
  return in_strand<std::uint64_t>([&]() -> result<std::uint64_t> {
    if (auto ready = ready_to_change(); !ready) return ready.error();
    const auto numbers = letters_.numbers_of(
        [&](const dead_letter& one) { return !sequence_key || *sequence_key == one.sequence_key; });
    if (sequence_key && numbers.empty()) {
      return error{error::code::not_found, "no dead letter has the key \"" + *sequence_key + "\""};
    }
    if (auto done = discard(numbers); !done) return done.error();
    return std::uint64_t{numbers.size()};
  });
}

result<void> runner::discard_dead_letter(position one) {
  return in_strand<void>([&]() -> result<void> {
    if (auto ready = ready_to_change(); !ready) return ready;
    const auto numbers =
        letters_.numbers_of([&](const dead_letter& letter) { return letter.position == one; });
    if (numbers.empty()) return error{error::code::not_found, "no dead letter is" + place_of(one)};
    return discard(numbers);
  });
}

result<void> runner::discard(const std::vector<std::uint64_t>& numbers) {
  if (numbers.empty()) return {};
  if (!type_.in_memory()) {
    auto batch = view_->begin();
    if (!batch) return batch.error();
    for (const std::uint64_t number : numbers) {
      erase_letter((*batch)->tables(), places_.letters, number);
    }
    if (auto done = commit(**batch, applied(cursors_)); !done) return done;
  }
  letters_.remove(numbers);
  if (type_.in_memory()) keep_state();
  publish_letters();
  log(log_level::info, "dead letters discarded: " + std::to_string(numbers.size()));
  return {};
}

}  // namespace cairn::actors

#include "read_models/failure_text.hpp"
#include "read_models/letter_rows.hpp"
#include "read_models/runner.hpp"

#include "cairn/assert.hpp"

#include <utility>

namespace cairn::actors {

result<dead_letter_report> runner::retry_dead_letters(
    const std::optional<std::string>& sequence_key) {
  return in_strand<dead_letter_report>([&] { return retry(sequence_key); });
}

result<dead_letter_report> runner::retry(const std::optional<std::string>& sequence_key) {
  if (auto ready = ready_to_change(); !ready) return ready.error();
  if (sequence_key && !letters_.holds(*sequence_key)) {
    return error{error::code::not_found, "no dead letter has the key \"" + *sequence_key + "\""};
  }
  dead_letter_report report;
  result<void> done;
  for (const std::string& key :
       sequence_key ? std::vector<std::string>{*sequence_key} : letters_.keys_by_age()) {
    done = jobs_.closed() ? error{error::code::shutting_down, label()} : retry_key(key, report);
    if (!done) break;
  }
  if (type_.in_memory() && !harmed_ && report.applied + report.left > 0) keep_state();
  publish_letters();
  if (!done) return done.error();
  log(log_level::info,
      "dead letters tried again: " + std::to_string(report.applied) + " applied, " +
          std::to_string(report.left) + " left");
  return report;
}

/// As many letters of the key as can be applied, from the first one on, in one transaction. Whether
/// one can is seen only when it is tried, and then the tables or the state are no longer good: so
/// they begin again, with those before it.
result<void> runner::retry_key(const std::string& key, dead_letter_report& report) {
  const letter_box::queue& letters = *letters_.find(key);
  byte_buffer before;
  if (type_.in_memory()) {
    if (auto saved = fold_->save(before); !saved) return saved;
  }
  open_batch batch{*fold_, type_.in_memory() ? nullptr : view_.get()};
  if (auto opened = batch.open(); !opened) return opened;
  std::size_t good = letters.size();
  std::optional<std::string> why;
  std::uint64_t newly_applied = 0;
  while (true) {
    if (effects_ != nullptr) {
      effects_->drop();
      effects_->gather_updates(false);
    }
    const auto failed = apply_letters(letters, good, batch);
    newly_applied = feeder_.take_applied();
    if (!failed) break;
    if (type_.in_memory()) {
      if (auto undone = fold_->restore(before.view()); !undone) {
        harmed_ = true;
        halt({undone.error().what, label() + ": " + reason(undone.error())});
        return undone;
      }
    } else {
      batch.close();
      const bool passes = failed->what.at == feed_failure::place::storage ||
                          failed->what.at == feed_failure::place::receiver;
      if (passes) return failed->what.why;
      if (auto opened = batch.open(); !opened) return opened;
    }
    CAIRN_ASSERT(failed->index < good);
    good = failed->index;
    why = reason(failed->what.why);
  }
  if (auto stored = store_retried(letters, good, why, batch); !stored) return stored;
  // Their events are older than what is watched.
  if (good > 0) end_watches({error::code::stale, label() + ": letters were applied; watch again"});
  release_effects();
  report.applied += good;
  report.left += letters.size() - good;
  std::vector<std::uint64_t> applied_numbers;
  for (std::size_t i = 0; i < good; ++i) {
    applied_numbers.push_back(letters[i].number);
  }
  letters_.remove(applied_numbers);
  if (why) letters_.failed_again(key, *std::move(why));
  progress_.publish(applied(cursors_), newly_applied, false);
  return {};
}

std::optional<runner::letter_failure> runner::apply_letters(const letter_box::queue& letters,
                                                            std::size_t count,
                                                            open_batch& batch) {
  for (std::size_t i = 0; i < count; ++i) {
    const position& where = letters[i].letter.position;
    persistence::log_cursor at{where.offset, 0};
    auto failed =
        feeder_.feed(*journals_[where.partition.value], at, 1, where.offset + 1, batch, nullptr);
    // One by one, so that the one that fails is known.
    if (!failed) failed = feeder_.settle(batch);
    if (!failed && batch.is_open()) failed = hand_over();
    if (failed) return letter_failure{i, *std::move(failed)};
  }
  return std::nullopt;
}

result<void> runner::store_retried(const letter_box::queue& letters,
                                   std::size_t good,
                                   const std::optional<std::string>& why,
                                   open_batch& batch) {
  if (type_.in_memory()) {
    batch.close();
    return {};
  }
  for (std::size_t i = 0; i < good; ++i) {
    erase_letter(batch.tables(), places_.letters, letters[i].number);
  }
  if (why) {
    parked_letter again = letters[good];
    ++again.letter.attempts;
    again.letter.why = *why;
    put_letter(batch.tables(), places_.letters, again);
  }
  return commit(batch, applied(cursors_));
}

}  // namespace cairn::actors

#pragma once

#include "cairn/dead_letter.hpp"
#include "cairn/detail/read_model_controls.hpp"
#include "cairn/ids.hpp"
#include "cairn/read_model_status.hpp"
#include "cairn/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn {

/// What an operator may do with one read model. Cheap to copy; must not outlive the runtime.
///
/// Any thread but those of Cairn: not from `apply` and `query`. But for status(), a call is
/// carried out between two batches, one after the other, and blocks until it is done. All answer
/// shutting_down once the runtime stops, and unknown_name when there is no such read model. Where
/// something is stored: store_full, storage_failed; then it has not happened.
class read_model_control {
 public:
  /// Made by runtime::read_model.
  /// @param model or why there is none: everything here then answers that
  explicit read_model_control(result<detail::read_model_controls*> model)
      : model_(std::move(model)) {}

  /// How it is. Does not wait.
  [[nodiscard]] result<read_model_status> status() const {
    if (!model_) return model_.error();
    return (*model_)->status();
  }

  /// Applies nothing any more, also after a restart of the process, until resume(). Of this version
  /// of the read model: another one is not paused. Queries are answered from what is there; a
  /// demand for a position that it has not reached is `stale` at once, and the detail says that it
  /// is paused. Without effect when it is paused already.
  result<void> pause() const {
    if (!model_) return model_.error();
    return (*model_)->pause();
  }

  /// Goes on: ends a pause, and starts a read model that has stopped at the event that it has
  /// stopped on, and so the copy that is built beside it. Without effect when it is running. Or why
  /// a state in memory cannot be made good.
  result<void> resume() const {
    if (!model_) return model_.error();
    return (*model_)->resume();
  }

  /// Begins from nothing, without rows and dead letters, also when it has stopped; one that is
  /// paused stays so. Queries see it grow again.
  result<void> reset() const {
    if (!model_) return model_.error();
    return (*model_)->reset();
  }

  /// The next events are those behind these positions; partitions that are not named stay where
  /// they are, offset 0 is the beginning. Only while it is paused. The rows stay as they are:
  /// forwards, events are passed over; backwards, they are applied once more on top of them, and
  /// dead letters behind the position are forgotten, since they come again. A model in memory can
  /// only be set to nothing, which is reset(). bad_input: it is not paused, it is in memory, there
  /// is no such event.
  result<void> set_checkpoint(std::vector<position> to) const {
    if (!model_) return model_.error();
    return (*model_)->set_checkpoint(to);
  }

  /// Builds another copy from the beginning of the journal, beside the one that serves, which goes
  /// on answering and being fed; when the new one is exactly as far, it takes the place of the old
  /// one, which is then removed. Nobody who asks or watches notices. Returns once the copy is
  /// there, durably, and not when it is built: status().rebuild says how far it is. It goes on
  /// after a restart. While the read model is paused, so is the copy. What has been skipped, parked
  /// or passed over by set_checkpoint before is applied in the copy as any other event.
  ///
  /// One copy at a time: under_way. One that has stopped on an error goes on: retried. store_full,
  /// storage_failed, io_failed: there is no new copy, and the old one serves as before.
  result<rebuild_answer> rebuild() const {
    if (!model_) return model_.error();
    return (*model_)->rebuild();
  }

  /// Gives the copy up that is being built, and removes it. not_found: there is none, perhaps since
  /// it has just taken over. bad_input: it is the program's new version, and its former one serves.
  /// io_failed: it will not take over in this process, but may go on after the next start.
  result<void> cancel_rebuild() const {
    if (!model_) return model_.error();
    return (*model_)->cancel_rebuild();
  }

  /// A page of the dead letters, in ascending order of partition and offset.
  [[nodiscard]] result<std::vector<dead_letter>> dead_letters(dead_letter_query query = {}) const {
    if (!model_) return model_.error();
    return (*model_)->dead_letters(query);
  }

  /// Which sequence keys have dead letters, and how many, in ascending order of keys.
  [[nodiscard]] result<std::vector<dead_letter_count>> dead_letter_keys() const {
    if (!model_) return model_.error();
    return (*model_)->dead_letter_keys();
  }

  /// Applies the letters of this key, or of all keys, each key's in the order in which they were
  /// parked. The first one that fails again has one attempt more, and stays together with those
  /// behind it; what was before it is applied and gone, in one transaction for each key. A model in
  /// memory is saved afterwards. not_found: the key has no letters. stopped: a state in memory is
  /// not good; resume() or reset() first. After an error, keys before it may have been applied.
  result<dead_letter_report> retry_dead_letters(
      std::optional<std::string> sequence_key = {}) const {
    if (!model_) return model_.error();
    return (*model_)->retry_dead_letters(sequence_key);
  }

  /// Forgets the letters of this key, or all of them: they are never applied, unless the read model
  /// begins anew. How many there were. not_found: the key has none. stopped: as above.
  result<std::uint64_t> discard_dead_letters(std::optional<std::string> sequence_key = {}) const {
    if (!model_) return model_.error();
    return (*model_)->discard_dead_letters(sequence_key);
  }

  /// Forgets the letter of this event; those behind it stay. not_found: there is none. stopped: as
  /// above.
  result<void> discard_dead_letter(position one) const {
    if (!model_) return model_.error();
    return (*model_)->discard_dead_letter(one);
  }

 private:
  result<detail::read_model_controls*> model_;
};

}  // namespace cairn

#pragma once

#include "read_models/feeder.hpp"
#include "read_models/letter_box.hpp"

#include "cairn/read_model_options.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace cairn::actors {

/// What went wrong last in a partition. Until it is time to try again, its batches end before that
/// event; what is before it is stored, and other partitions go on.
struct trouble {
  using time_point = std::chrono::steady_clock::time_point;

  std::uint64_t offset = feeder::no_end;
  unsigned attempts = 0;
  time_point retry_at{};
  /// It has been tried often enough, and is to be passed over: skipped or parked.
  bool given_up = false;
  /// The read model stops here once it has come so far.
  std::optional<feed_failure> last_word = {};
  std::string why = {};
};

/// Passes over what cannot be applied, and what stands behind a dead letter of its key. One thread;
/// lives as long as a batch.
class trouble_sorter final : public event_sorter {
 public:
  trouble_sorter(const detail::read_model_type& type,
                 const std::vector<trouble>& troubles,
                 failure_policy policy,
                 letter_box& letters,
                 timestamp now)
      : type_(type), troubles_(troubles), policy_(policy), letters_(letters), now_(now) {}

  result<bool> takes(std::size_t wanted,
                     event_metadata& meta,
                     const persistence::event_view& event) override {
    const trouble& known = troubles_[meta.position.partition.value];
    const bool given_up = known.given_up && known.offset == meta.position.offset;
    if (given_up && policy_ == failure_policy::skip) {
      skipped_.push_back(meta.position);
      return false;
    }
    if (!given_up && letters_.empty()) return true;
    if (auto made = type_.sequence_key(wanted, meta, event, key_); !made) return made.error();
    if (!given_up && !letters_.holds(key_)) return true;
    dead_letter letter{.position = meta.position,
                       .sequence_key = key_,
                       .event_type = std::string{event.type},
                       .why = {},
                       .attempts = 0,
                       .parked_at = now_};
    if (given_up) {
      letter.why = known.why;
      letter.attempts = known.attempts;
    }
    if (auto added = letters_.add(std::move(letter)); !added) return added.error();
    return false;
  }

  /// What has been skipped, in that order.
  [[nodiscard]] const std::vector<position>& skipped() const noexcept { return skipped_; }

 private:
  const detail::read_model_type& type_;
  const std::vector<trouble>& troubles_;
  const failure_policy policy_;
  letter_box& letters_;
  const timestamp now_;
  std::string key_;
  std::vector<position> skipped_;
};

/// Leaves out some events. One thread.
class leaving_out final : public event_sorter {
 public:
  /// @param these ascending
  explicit leaving_out(std::vector<position> these) : these_(std::move(these)) {}

  result<bool> takes(std::size_t /*wanted*/,
                     event_metadata& meta,
                     const persistence::event_view& /*event*/) override {
    return !std::binary_search(these_.begin(), these_.end(), meta.position);
  }

 private:
  const std::vector<position> these_;
};

}  // namespace cairn::actors

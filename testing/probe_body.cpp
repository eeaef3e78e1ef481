#include "probe_body.hpp"

#include <algorithm>
#include <utility>

namespace cairn::testing {

journal_probe::body::body(persistence::log_source wrapped, std::uint16_t partitions)
    : source_(std::move(wrapped)), partitions_(partitions) {}

result<journal_probe::body::partition*> journal_probe::body::open(partition_id which) {
  const std::lock_guard lock{opening_};
  if (which.value >= partitions_.size()) {
    return error{error::code::bad_input,
                 "partition " + std::to_string(which.value) + ": the probe has only " +
                     std::to_string(partitions_.size())};
  }
  partition& found = partitions_[which.value];
  if (found.wrapped == nullptr) {
    auto made = source_(which);
    if (!made) return made.error();
    found.wrapped = *std::move(made);
  }
  return &found;
}

void journal_probe::body::wait_at_gate() {
  std::unique_lock lock{mutex_};
  held_ = held_ || std::exchange(hold_one_, false);
  if (!held_) return;
  ++waiting_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !held_; });
  --waiting_;
}

std::optional<journal_probe::body::fault> journal_probe::body::strike(
    std::span<const persisted_event> events) {
  std::vector<std::shared_ptr<const fault>> known;
  {
    const std::lock_guard lock{mutex_};
    known = faults_;
  }
  // Not with the lock held: predicates are code of the test.
  std::shared_ptr<const fault> struck;
  for (const auto& one : known) {
    // All are asked, since some count; the first one that says yes strikes.
    if (one->strikes(events) && struck == nullptr) struck = one;
  }
  if (struck == nullptr) return std::nullopt;
  const std::lock_guard lock{mutex_};
  // Whoever took it back, or met it in another partition, has been faster.
  if (std::find(faults_.begin(), faults_.end(), struck) == faults_.end()) return std::nullopt;
  if (struck->once) std::erase(faults_, struck);
  return *struck;
}

void journal_probe::body::note(std::vector<persisted_event> stored) {
  {
    const std::lock_guard lock{mutex_};
    std::move(stored.begin(), stored.end(), std::back_inserter(unseen_));
  }
  changed_.notify_all();
}

void journal_probe::body::add(fault one) {
  const std::lock_guard lock{mutex_};
  faults_.push_back(std::make_shared<const fault>(std::move(one)));
}

void journal_probe::body::heal() {
  const std::lock_guard lock{mutex_};
  faults_.clear();
  read_fault_.reset();
  coming_read_faults_.clear();
}

void journal_probe::body::fail_reads(error why) {
  const std::lock_guard lock{mutex_};
  read_fault_ = std::move(why);
}

void journal_probe::body::fail_nth_read(std::uint64_t n, error why) {
  const std::lock_guard lock{mutex_};
  coming_read_faults_.emplace_back(n - 1, std::move(why));
}

std::optional<error> journal_probe::body::strike_reader() {
  const std::lock_guard lock{mutex_};
  std::optional<error> struck = read_fault_;
  // All count on, and the first one that has come strikes.
  std::erase_if(coming_read_faults_, [&struck](auto& one) {
    if (one.first-- > 0) return false;
    if (!struck) struck = std::move(one.second);
    return true;
  });
  return struck;
}

void journal_probe::body::hold(bool all) {
  const std::lock_guard lock{mutex_};
  (all ? held_ : hold_one_) = true;
}

void journal_probe::body::release() {
  {
    const std::lock_guard lock{mutex_};
    held_ = false;
    hold_one_ = false;
  }
  changed_.notify_all();
}

bool journal_probe::body::wait_until_held() {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [this] { return waiting_ > 0; });
}

result<persisted_event> journal_probe::body::next_persisted() {
  std::unique_lock lock{mutex_};
  if (!changed_.wait_for(lock, patience, [this] { return !unseen_.empty(); })) {
    return error{error::code::timed_out, "no event was stored"};
  }
  persisted_event next = std::move(unseen_.front());
  unseen_.pop_front();
  return next;
}

std::vector<persisted_event> journal_probe::body::unseen() const {
  const std::lock_guard lock{mutex_};
  return {unseen_.begin(), unseen_.end()};
}

namespace {

void add_events(partition_id partition,
                const persistence::commit_view& commit,
                std::vector<persisted_event>& to) {
  std::uint64_t at = 0;
  (void)commit.each_event([&](const persistence::event_view& event) -> result<void> {
    persisted_event one;
    one.position = {partition, commit.first_offset() + at};
    one.version = {commit.base().value + ++at};
    one.time = commit.time();
    one.aggregate_type = commit.aggregate_type();
    one.aggregate_id = commit.aggregate_id();
    one.event_type = event.type;
    one.command_id = commit.command_id();
    one.schema_version = event.schema_version;
    one.codec = event.codec;
    one.payload.assign(event.payload.begin(), event.payload.end());
    to.push_back(std::move(one));
    return {};
  });
}

}  // namespace

std::vector<persisted_event> events_in(partition_id partition, std::span<const byte_view> blocks) {
  std::vector<persisted_event> found;
  for (const byte_view bytes : blocks) {
    const auto block = persistence::block_view::parse(bytes);
    if (!block) continue;
    for (std::uint32_t place = 0; place < block->header().commit_count; ++place) {
      if (const auto commit = block->commit(place)) add_events(partition, *commit, found);
    }
  }
  return found;
}

}  // namespace cairn::testing

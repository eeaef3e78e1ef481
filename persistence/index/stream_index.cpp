#include "cairn/persistence/stream_index.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <functional>
#include <pthread.h>
#include <utility>

namespace cairn::persistence {
namespace {

using steady = std::chrono::steady_clock;

// A reader keeps old pages from being reused, and other threads from taking the lock.
constexpr int blocks_per_turn = 64;

// To be woken for each group costs the writer and this thread more than the group's blocks do.
constexpr std::chrono::milliseconds looks_again_after{1};

/// A stream's versions go on one by one. When they do not, two have written it without knowing of
/// each other, and no reader can tell whose events hold.
result<void> check_order(stream_name stream,
                         std::uint64_t after,
                         const std::vector<commit_place>& places) {
  std::uint64_t head = after;
  for (const commit_place& place : places) {
    const bool is_first = &place == &places.front();
    if (is_first ? place.base > head : place.base != head) {
      return error{error::code::corrupt,
                   std::string{stream.type} + "/" + std::string{stream.id} +
                       ": the event at offset " + std::to_string(place.offset) +
                       " goes on from version " + std::to_string(place.base) + ", not from " +
                       std::to_string(head)};
    }
    head = place.base + place.events;
  }
  return {};
}

}  // namespace

stream_index::stream_index(const block_log& log,
                           std::unique_ptr<index_store> store,
                           options settings)
    : log_(log), store_(std::move(store)), settings_(std::move(settings)) {
  if (store_) store_->keep_outcomes(settings_.outcomes);
}

stream_index::~stream_index() {
  stop();
}

result<void> stream_index::start() {
  CAIRN_ASSERT(!thread_.joinable());
  if (auto good = check_store(); !good) return good;
  for (;;) {
    const auto more = take_blocks();
    if (!more) return more.error();
    if (flush_is_due()) (void)flush_or_try_later();
    if (!*more) break;
  }
  if (wake_.is_told()) return {};
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "cairn.index");
    run();
  }};
  return {};
}

result<void> stream_index::check_store() {
  if (!store_) return {};
  const auto stored = store_->checkpoint();
  if (!stored) return stored.error();
  const auto unfinished = store_->unfinished();
  if (!unfinished) return unfinished.error();
  auto usable = is_in_log(*stored);
  if (usable && *usable && unfinished->has_value()) usable = is_in_log(**unfinished);
  if (!usable) return usable.error();
  if (*usable) {
    reached_ = *stored;
  } else {
    settings_.log(log_level::warning, "the index is not of this log and is built anew");
    if (auto cleared = store_->clear(); !cleared) return cleared;
  }
  const auto has_notes = store_->has_notes();
  if (!has_notes) return has_notes.error();
  has_notes_.store(*has_notes);
  offset_taken_.store(reached_.next_offset - 1);
  blocks_taken_.store(reached_.next_block);
  return {};
}

/// Whether the log still has the block that `reached` names as the last one.
result<bool> stream_index::is_in_log(const index_checkpoint& reached) const {
  if (reached.next_block == 0) return true;
  const auto reader = log_.read();
  if (!reader) return reader.error();
  const auto last = (*reader)->seek_block(reached.last_block_offset, reached.next_block - 1);
  if (!last) return last.error();
  if (!last->has_value()) return false;
  const auto header = block_view::parse_header(**last);
  if (!header) return header.error();
  return header->number + 1 == reached.next_block && header->chain == reached.last_chain;
}

void stream_index::stop() {
  if (wake_.is_told()) {
    while (step(true)) {
    }
    return;
  }
  if (!thread_.joinable()) return;
  stopping_.store(true);
  wake_.set();
  thread_.join();
}

void stream_index::run() {
  for (std::uint64_t known = blocks_taken();;) {
    const bool last_turn = stopping_.load();
    if (step(last_turn)) continue;
    if (std::exchange(known, blocks_taken()) != known && !last_turn) {
      let_more_come();
      continue;
    }
    // Nobody else sets it.
    if (stopped_on_) return;
    if (last_turn) return stop_on({error::code::shutting_down, "the index has been stopped"});
    if (store_ && commits_in_memory() > 0) {
      (void)wake_.wait_for(settings_.flush_after);
    } else {
      wake_.wait();
    }
  }
}

/// Whoever waits for the index, or ends it, does not wait for this.
void stream_index::let_more_come() {
  naps_.store(true);
  (void)wake_.wait_for(looks_again_after);
  // An exchange, so that the next look sees every group whose hint found this set.
  naps_.exchange(false);
}

/// @param is_last what is taken in is to be moved to the store before this is false
bool stream_index::step(bool is_last) {
  if (stopped_on_) return false;
  const auto more = take_blocks();
  if (!more) {
    settings_.log(log_level::error, "the index has stopped: " + describe(more.error()));
    stop_on(more.error());
    return false;
  }
  const bool idle = !*more;
  const bool last_flush = is_last && idle && store_ && commits_in_memory() > 0;
  if (last_flush || flush_is_due()) (void)flush_or_try_later();
  return !idle;
}

/// The index is derived: what could not be moved stays in memory and is tried again.
bool stream_index::flush_or_try_later() {
  const auto flushed = flush();
  if (flushed) return true;
  settings_.log(log_level::warning,
                "the index could not be moved to disk: " + describe(flushed.error()));
  not_before_ = steady::now() + settings_.flush_after;
  return false;
}

void stream_index::stop_on(const error& why) {
  {
    const std::unique_lock lock{mutex_};
    stopped_on_ = why;
  }
  const std::lock_guard lock{progress_mutex_};
  progress_.notify_all();
}

result<bool> stream_index::take_blocks() {
  const auto reader = log_.read();
  if (!reader) return reader.error();
  auto found = (*reader)->seek_block(reached_.next_offset, reached_.next_block);
  int taken = 0;
  for (; taken < blocks_per_turn; ++taken) {
    if (!found) return found.error();
    if (!found->has_value()) break;
    const auto block = block_view::parse(**found);
    if (!block) return block.error();
    if (block->header().number != reached_.next_block) {
      return error{error::code::corrupt,
                   "block " + std::to_string(reached_.next_block) + " is missing from the log"};
    }
    {
      const std::unique_lock lock{mutex_};
      if (fresh_->empty()) oldest_ = steady::now();
      if (auto added = fresh_->add(*block); !added) return added.error();
      // Before the block counts as taken in.
      if (!fresh_->notes().empty()) has_notes_.store(true, std::memory_order_release);
    }
    const block_header& header = block->header();
    reached_ = {block->end_offset(), header.number + 1, header.first_offset, header.chain};
    found = (*reader)->next();
  }
  if (taken == 0) return false;
  commits_in_memory_.store(fresh_->size(), std::memory_order_relaxed);
  {
    const std::lock_guard lock{progress_mutex_};
    offset_taken_.store(reached_.next_offset - 1, std::memory_order_release);
    blocks_taken_.store(reached_.next_block, std::memory_order_release);
  }
  progress_.notify_all();
  return taken == blocks_per_turn;
}

bool stream_index::flush_is_due() const {
  if (!store_ || fresh_->empty()) return false;
  const auto now = steady::now();
  if (now < not_before_) return false;
  return fresh_->size() >= settings_.flush_commits || now - oldest_ >= settings_.flush_after;
}

result<void> stream_index::flush() {
  {
    const std::unique_lock lock{mutex_};
    if (!moving_) {
      moving_ = std::move(fresh_);
      fresh_ = std::make_shared<index_segment>();
    }
  }
  auto moved = store_->add(*moving_, reached_);
  if (moved) moved = store_->finish(reached_);
  if (!moved) {
    // Nobody took in more meanwhile, so the segment simply goes back.
    const std::unique_lock lock{mutex_};
    fresh_ = std::const_pointer_cast<index_segment>(std::exchange(moving_, nullptr));
    return moved;
  }
  if (auto done = store_->forget_outcomes(*moving_); !done) {
    settings_.log(log_level::warning,
                  "command ids could not be forgotten: " + describe(done.error()));
  }
  std::shared_ptr<const index_segment> done;
  {
    const std::unique_lock lock{mutex_};
    done = std::exchange(moving_, nullptr);
  }
  commits_in_memory_.store(0, std::memory_order_relaxed);
  return {};
}

result<void> stream_index::wait_for(std::uint64_t blocks, steady::time_point deadline) {
  return wait_until(blocks_taken_, blocks, deadline);
}

result<void> stream_index::wait_for_offset(std::uint64_t offset, steady::time_point deadline) {
  return wait_until(offset_taken_, offset, deadline);
}

result<void> stream_index::wait_until(const std::atomic<std::uint64_t>& reached,
                                      std::uint64_t wanted,
                                      steady::time_point deadline) {
  if (reached.load(std::memory_order_acquire) >= wanted) return {};
  if (wake_.is_told()) {
    while (step()) {
    }
    if (reached.load() >= wanted) return {};
    return stopped_on_.value_or(error{error::code::timed_out, "the log does not go so far"});
  }
  wake_.set();
  std::unique_lock lock{progress_mutex_};
  const auto settled = [&] {
    const std::shared_lock state{mutex_};
    return reached.load() >= wanted || stopped_on_.has_value();
  };
  if (deadline == steady::time_point::max()) {
    progress_.wait(lock, settled);
  } else if (!progress_.wait_until(lock, deadline, settled)) {
    return error{error::code::timed_out, "the index has not come so far in time"};
  }
  const std::shared_lock state{mutex_};
  if (reached.load() < wanted) return *stopped_on_;
  return {};
}

result<version> stream_index::head(stream_name stream) const {
  std::string key;
  make_stream_key(key, stream);
  {
    const std::shared_lock lock{mutex_};
    const index_segment* const segments[] = {fresh_.get(), moving_.get()};
    for (const index_segment* segment : segments) {
      if (segment == nullptr) continue;
      if (const auto newest = segment->streams().newest(key)) {
        return version{newest->base + newest->events};
      }
    }
  }
  if (!store_) return version{0};
  const auto stored = store_->head(key);
  if (!stored) return stored.error();
  return version{*stored};
}

result<std::vector<commit_place>> stream_index::places(stream_name stream, version after) const {
  std::string key;
  make_stream_key(key, stream);
  std::vector<commit_place> in_memory;
  {
    const std::shared_lock lock{mutex_};
    const index_segment* const segments[] = {moving_.get(), fresh_.get()};
    for (const index_segment* segment : segments) {
      if (segment != nullptr) segment->streams().append_behind(key, after.value, in_memory);
    }
  }
  std::vector<commit_place> all;
  if (store_) {
    if (auto stored = store_->places(key, after.value, all); !stored) return stored.error();
  }
  for (const commit_place& place : in_memory) {
    // What has moved to the store meanwhile is there already.
    if (all.empty() || place.offset > all.back().offset) all.push_back(place);
  }
  if (auto good = check_order(stream, after.value, all); !good) return good.error();
  return all;
}

result<std::optional<stored_outcome>> stream_index::outcome(stream_name stream,
                                                            std::string_view command_id) const {
  std::string key;
  make_outcome_key(key, stream, command_id);
  auto found = find_outcome(key);
  if (!found || !found->has_value()) return found;
  const outcome_retention* kept = settings_.outcomes.of(stream.type);
  const bool forgotten =
      kept != nullptr && is_older((*found)->time, kept->age_max, settings_.outcomes.now());
  return forgotten ? std::optional<stored_outcome>{} : found;
}

result<std::optional<stored_outcome>> stream_index::find_outcome(std::string_view key) const {
  {
    const std::shared_lock lock{mutex_};
    const index_segment* const segments[] = {fresh_.get(), moving_.get()};
    for (const index_segment* segment : segments) {
      const auto* found = segment != nullptr ? segment->find_outcome(key) : nullptr;
      if (found != nullptr) return std::optional{*found};
    }
  }
  if (!store_) return std::optional<stored_outcome>{};
  return store_->outcome(key);
}

result<std::optional<stream_note>> stream_index::note(stream_name stream) const {
  if (!has_notes_.load(std::memory_order_acquire)) return std::optional<stream_note>{};
  std::string key;
  make_stream_key(key, stream);
  {
    const std::shared_lock lock{mutex_};
    const index_segment* const segments[] = {fresh_.get(), moving_.get()};
    for (const index_segment* segment : segments) {
      const auto* found = segment != nullptr ? segment->find_note(key) : nullptr;
      if (found != nullptr) return std::optional{*found};
    }
  }
  if (!store_) return std::optional<stream_note>{};
  return store_->note(key);
}

result<bool> stream_index::has_outcomes(stream_name stream) const {
  std::string key;
  make_stream_key(key, stream);
  {
    const std::shared_lock lock{mutex_};
    if (fresh_->has_outcomes(key) || (moving_ && moving_->has_outcomes(key))) return true;
  }
  if (!store_) return false;
  return store_->has_outcomes(key);
}

result<std::vector<std::uint64_t>> stream_index::postings(posting_key key,
                                                          const posting_range& range) const {
  CAIRN_ASSERT(range.max > 0);
  std::vector<std::uint64_t> found;
  {
    const std::shared_lock lock{mutex_};
    const index_segment* const segments[] = {moving_.get(), fresh_.get()};
    for (const index_segment* segment : segments) {
      if (segment != nullptr) segment->postings().find(key, range, found);
    }
  }
  if (store_) {
    if (auto stored = store_->postings(key, range, found); !stored) return stored.error();
  }
  // Each part has its first `max` of the range. What moved meanwhile was found twice.
  if (range.direction == read_direction::forwards) {
    std::sort(found.begin(), found.end());
  } else {
    std::sort(found.begin(), found.end(), std::greater<>{});
  }
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (found.size() > range.max) found.resize(range.max);
  return found;
}

}  // namespace cairn::persistence

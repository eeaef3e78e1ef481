#include "cairn/persistence/commit_writer.hpp"

#include "log/group_answers.hpp"
#include "log/group_events.hpp"

#include "cairn/assert.hpp"

#include <algorithm>
#include <pthread.h>
#include <utility>

namespace cairn::persistence {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

// Whoever waits was last seen by another thread: so many are fetched ahead, and so much of each.
constexpr std::size_t replies_ahead = 8;
constexpr std::size_t reply_bytes = 512;

void prefetch_reply(const detail::commit_reply* one) noexcept {
  constexpr std::size_t cache_line_bytes = 64;
  const char* const start = reinterpret_cast<const char*>(one);
  for (std::size_t at = 0; at < reply_bytes; at += cache_line_bytes)
    __builtin_prefetch(start + at, 1);
}

// To sleep and to be woken takes longer than this. Measured with 20, 60 and 200 us: the processor's
// time is missed elsewhere when it is longer.
constexpr std::chrono::microseconds awake_for_more{20};
// Between two looks at the clock.
constexpr int looks_at_once = 20;
const bool has_several_cores = std::thread::hardware_concurrency() > 1;

// Measured with 1, 16, 64, 256 and 1 024: from 256 commands in flight on it makes no difference, so
// the hosts may as well go on beside the writer.
constexpr std::size_t hosts_for_replies_max = 128;
// When they take longer than this and than half a group, they are left to other threads, for a
// hundred times as long.
constexpr std::chrono::microseconds hosts_take_max{50};

bool is_sticky(error::code what) noexcept {
  return what != error::code::store_full;
}

/// What those hear whose commits come after one that failed: they are certainly not stored.
error came_after(const error& failure) {
  const bool says_it =
      failure.what == error::code::store_full || failure.what == error::code::fenced;
  return {says_it ? failure.what : error::code::storage_failed,
          "an earlier commit failed: " + describe(failure)};
}

}  // namespace

commit_writer::commit_writer(block_log& log,
                             const name_list& names,
                             block_log::claimed claimed,
                             options settings)
    : log_(log),
      names_(names),
      settings_(std::move(settings)),
      epoch_(claimed.epoch),
      end_(claimed.end),
      answers_(std::make_unique<group_answers>([this](const group& bursts, std::uint64_t before) {
        answer(bursts, before);
        if (settings_.after_group) settings_.after_group();
      })),
      durable_offset_(claimed.end.last_offset()),
      durable_blocks_(claimed.end.next_block) {}

commit_writer::~commit_writer() {
  stop();
}

void commit_writer::start() {
  CAIRN_ASSERT(!thread_.joinable());
  CAIRN_ASSERT(!wake_.is_told());
  answers_->start();
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "cairn.writer");
    run();
  }};
}

void commit_writer::submit(std::unique_ptr<burst> what) {
  CAIRN_ASSERT(what != nullptr);
  if (queue_.push(what.release())) wake_.set();
}

void commit_writer::stop() {
  if (wake_.is_told()) {
    while (step()) {
    }
    return flush();
  }
  if (!thread_.joinable()) return;
  stopping_.store(true);
  wake_.set();
  thread_.join();
  answers_->stop();
}

std::chrono::nanoseconds commit_writer::retry_after() const noexcept {
  const std::chrono::nanoseconds two_groups{2 * pace_.load(relaxed)};
  return std::max<std::chrono::nanoseconds>(two_groups, std::chrono::milliseconds{1});
}

void commit_writer::run() {
  for (;;) {
    if (step()) continue;
    const bool last = stopping_.load() && queue_.empty();
    if (last || flush_is_due()) flush();
    if (last) return;
    if (more_comes_at_once()) continue;
    const auto due = broken_ ? std::nullopt : log_.flush_due();
    if (due) {
      (void)wake_.wait_for(*due - std::chrono::steady_clock::now());
    } else {
      wake_.wait();
    }
  }
}

bool commit_writer::step() {
  group bursts = next_group();
  if (bursts.empty()) return false;
  write(bursts);
  return true;
}

/// Whoever has just been answered often comes again before a thread that sleeps would be awake.
bool commit_writer::more_comes_at_once() const {
  if (settings_.in_flight == nullptr || wake_.is_told() || !has_several_cores) return false;
  const auto deadline = std::chrono::steady_clock::now() + awake_for_more;
  do {
    for (int i = 0; i < looks_at_once; ++i) {
      if (!queue_.empty()) return true;
      detail::pause_for_a_moment();
    }
  } while (settings_.in_flight->load(relaxed) != 0 && std::chrono::steady_clock::now() < deadline);
  return false;
}

bool commit_writer::flush_is_due() const {
  const auto due = log_.flush_due();
  return due && *due <= std::chrono::steady_clock::now();
}

void commit_writer::flush() {
  if (broken_ || !log_.flush_due()) return;
  if (auto done = log_.flush(); !done && is_sticky(done.error().what)) break_on(done.error());
}

void commit_writer::break_on(const error& why) {
  broken_ = error{why.what == error::code::fenced ? why.what : error::code::storage_failed,
                  "the log takes no more writes since: " + describe(why)};
}

commit_writer::group commit_writer::next_group() {
  group bursts;
  gathered_bytes_ = 0;
  gathered_replies_ = 0;
  if (take_more(bursts)) gather(bursts);
  return bursts;
}

/// Everything that is queued, up to the bound; false when there was nothing.
bool commit_writer::take_more(group& bursts) {
  const std::size_t before = bursts.size();
  while (gathered_bytes_ < settings_.group_bytes_max) {
    if (taken_ == nullptr) taken_ = queue_.take_all();
    if (taken_ == nullptr) break;
    std::unique_ptr<burst> one{std::exchange(taken_, taken_->next)};
    if (one->era() != era_.load(relaxed)) {
      // Decided on a state that a failed group took back.
      take_back(*one);
      continue;
    }
    gathered_bytes_ += one->size_bytes();
    gathered_replies_ += one->entries().size();
    bursts.push_back(std::move(one));
  }
  return bursts.size() > before;
}

void commit_writer::gather(group& bursts) {
  if (settings_.in_flight == nullptr || wake_.is_told()) return;
  const auto deadline = std::chrono::steady_clock::now() + group_duration_ / 4;
  while (gathered_bytes_ < settings_.group_bytes_max &&
         settings_.in_flight->load(relaxed) > gathered_replies_) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds{0}) return;
    if (!more_comes_at_once()) (void)wake_.wait_for(left);
    (void)take_more(bursts);
  }
}

void commit_writer::write(group& bursts) {
  const log_end before = end_;
  // A group of those who only wait for earlier ones needs no disk, so it cannot fail: each group
  // that does has commits, which are answered then, so deciding again comes to an end.
  const bool stores =
      std::any_of(bursts.begin(), bursts.end(), [](const auto& one) { return one->has_commits(); });
  const result<void> ready = stores ? ready_to_write() : result<void>{};
  const auto started = std::chrono::steady_clock::now();
  const result<void> stored = ready ? store(bursts) : ready;
  // Whoever does a thread's work step by step must come to the same whatever time it takes.
  if (!wake_.is_told()) group_duration_ = std::chrono::steady_clock::now() - started;
  pace_.store(group_duration_.count(), relaxed);
  if (stored) {
    count_group();
    durable_blocks_.store(end_.next_block, std::memory_order_release);
    durable_offset_.store(end_.last_offset(), std::memory_order_release);
    // Before anybody is answered: who is answered may ask the host at once.
    for (const auto& one : bursts)
      one->from().durable_up_to.store(one->sequence(), std::memory_order_release);
    detail::caller_runs woken{may_run_hosts()};
    answers_->give(std::move(bursts), before.last_offset(), gathered_replies_);
    return run_hosts(woken);
  }
  end_ = before;
  counters_.failed_groups.fetch_add(1, relaxed);
  const error& why = stored.error();
  if (ready && is_sticky(why.what)) break_on(why);
  group_failure_ = why;
  why_era_moved_ = came_after(why);
  // First the era, so that a host which hears of the failure sees the new one.
  era_.fetch_add(1, std::memory_order_release);
  refuse(bursts, why);
}

/// Only while nobody else waits for the writer.
bool commit_writer::may_run_hosts() const {
  return settings_.in_flight != nullptr && !wake_.is_told() &&
         gathered_replies_ <= hosts_for_replies_max &&
         settings_.in_flight->load(relaxed) <= gathered_replies_ &&
         std::chrono::steady_clock::now() >= hosts_not_before_;
}

void commit_writer::run_hosts(detail::caller_runs& woken) {
  const auto started = std::chrono::steady_clock::now();
  if (!woken.run()) return;
  const auto now = std::chrono::steady_clock::now();
  const auto took = now - started;
  const auto longest = std::max<std::chrono::nanoseconds>(hosts_take_max, group_duration_ / 2);
  if (took > longest) hosts_not_before_ = now + 100 * took;
}

/// An error here is no failure of the log: nothing has been tried.
result<void> commit_writer::ready_to_write() const {
  if (broken_) return *broken_;
  return settings_.before_group ? settings_.before_group() : result<void>{};
}

result<void> commit_writer::store(const group& bursts) {
  collect(bursts);
  // Nobody but those who wait for earlier commits, which are durable by now.
  if (blocks_.empty()) return {};
  return log_.append(epoch_, blocks_);
}

void commit_writer::collect(const group& bursts) {
  group_names_.clear();
  for (const auto& one : bursts) {
    for (const name_number number : one->names_used()) {
      const auto at = std::find(group_names_.begin(), group_names_.end(), number);
      if (at == group_names_.end()) group_names_.push_back(number);
    }
  }
  builders_used_ = 0;
  blocks_.clear();
  for (std::size_t i = 0; i < bursts.size(); ++i) {
    if (bursts[i]->guard() != nullptr) {
      judge_and_collect(bursts, i);
      break;
    }
    collect_commits(*bursts[i]);
  }
  finish_block();
}

/// The rest of a group that has guards: each is looked at in its turn.
void commit_writer::judge_and_collect(const group& bursts, std::size_t first_guarded) {
  group_events before{names_, settings_.partition, durable_offset_.load(relaxed) + 1};
  guard_effort effort;
  result<void> known;
  for (std::size_t i = 0; i < first_guarded && known; ++i)
    known = before.add(*bursts[i]);
  for (std::size_t i = first_guarded; i < bursts.size(); ++i) {
    burst& one = *bursts[i];
    if (one.guard() != nullptr) {
      result<void> holds = known;
      if (holds && settings_.check_guard) holds = settings_.check_guard(*one.guard(), effort);
      if (holds) holds = before.check(*one.guard());
      one.judge(holds);
      if (one.broken()) continue;
    }
    collect_commits(one);
    if (known) known = before.add(one);
  }
}

void commit_writer::collect_commits(const burst& from) {
  bool goes_on = false;
  for (const burst::entry& entry : from.entries()) {
    if (entry.length == 0) continue;
    add_to_block(from, entry, goes_on);
    goes_on = entry.linked;
  }
  CAIRN_ASSERT(!goes_on);
}

/// @param goes_on the commit before is linked with this one: both go into one block, however large
void commit_writer::add_to_block(const burst& from, const burst::entry& one, bool goes_on) {
  const bool full = !goes_on && builders_used_ > blocks_.size() &&
                    builders_[builders_used_ - 1].size() + one.length > settings_.block_bytes;
  if (full) finish_block();
  if (builders_used_ == blocks_.size()) {
    if (builders_.size() == builders_used_) builders_.emplace_back();
    builders_[builders_used_++].begin(names_, group_names_);
  }
  block_builder& open = builders_[builders_used_ - 1];
  end_.time = open.add(from.bytes_of(one), one.check, one.event_count, end_.time);
}

void commit_writer::finish_block() {
  if (builders_used_ == blocks_.size()) return;
  blocks_.push_back(builders_[builders_used_ - 1].finish(epoch_, end_));
}

void commit_writer::count_group() {
  counters_.groups.fetch_add(1, relaxed);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    counters_.commits.fetch_add(builders_[i].commit_count(), relaxed);
    counters_.events.fetch_add(builders_[i].event_count(), relaxed);
    counters_.blocks.fetch_add(1, relaxed);
    counters_.bytes.fetch_add(blocks_[i].size(), relaxed);
  }
}

void commit_writer::answer(const group& bursts, std::uint64_t offset_before) {
  std::uint64_t offset = offset_before;
  for (const auto& one : bursts) {
    if (one->broken()) {
      for (const burst::entry& entry : one->entries()) {
        if (entry.reply != nullptr) entry.reply->failed(*one->broken());
      }
      continue;
    }
    const auto& entries = one->entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i + replies_ahead < entries.size()) prefetch_reply(entries[i + replies_ahead].reply);
      offset += entries[i].event_count;
      if (entries[i].reply != nullptr) {
        entries[i].reply->durable({settings_.partition, offset});
      }
    }
    if (!one->snapshots().empty() && settings_.take_snapshots) {
      settings_.take_snapshots(std::move(one->snapshots()));
    }
  }
}

void commit_writer::refuse(const group& bursts, const error& why) {
  answers_->wait_until_done();
  const detail::taken_back rest{why, why_era_moved_, true, broken_.has_value()};
  for (const auto& one : bursts) {
    // Of one whose guard was broken, nothing was tried.
    if (one->broken()) {
      take_back(*one);
      continue;
    }
    // First, since an origin may end with its last reply.
    if (one->from().when_taken_back) one->from().when_taken_back();
    for (const burst::entry& entry : one->entries()) {
      if (entry.reply == nullptr) continue;
      if (entry.length != 0) {
        entry.reply->failed(why);
      } else {
        entry.reply->rests_on_nothing(rest);
      }
    }
  }
}

void commit_writer::take_back(const burst& one) {
  answers_->wait_until_done();
  const detail::taken_back rest{group_failure_, why_era_moved_, false, broken_.has_value()};
  if (one.from().when_taken_back) one.from().when_taken_back();
  for (const burst::entry& entry : one.entries()) {
    if (entry.reply != nullptr) entry.reply->rests_on_nothing(rest);
  }
}

}  // namespace cairn::persistence

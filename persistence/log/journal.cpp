#include "cairn/persistence/journal.hpp"

#include "log/commit_finder.hpp"
#include "log/hidden_events.hpp"

#include "cairn/assert.hpp"

#include <utility>

namespace cairn::persistence {
namespace {

// A reader of the log must not live long: it keeps old pages from being reused.
constexpr int blocks_per_reader = 256;

error events_are_missing(const log_cursor& at, const block_header& next) {
  return {error::code::corrupt,
          "the log goes on with block " + std::to_string(next.number) + " at offset " +
              std::to_string(next.first_offset) + ", what is before it from offset " +
              std::to_string(at.next_offset) + " on is missing"};
}

}  // namespace

journal::journal(std::unique_ptr<block_log> log, options settings)
    : log_(std::move(log)), settings_(std::move(settings)) {}

journal::~journal() {
  stop();
}

result<std::unique_ptr<journal>> journal::open(std::unique_ptr<block_log> log,
                                               std::unique_ptr<index_store> index,
                                               const name_list& names,
                                               options settings) {
  CAIRN_ASSERT(log != nullptr);
  const auto claimed = log->claim();
  if (!claimed) return claimed.error();
  std::unique_ptr<journal> made{new journal{std::move(log), std::move(settings)}};
  const options& chosen = made->settings_;
  made->index_ = std::make_unique<stream_index>(*made->log_, std::move(index), chosen.index);
  made->writer_ = std::make_unique<commit_writer>(
      *made->log_,
      names,
      *claimed,
      commit_writer::options{
          .partition = chosen.partition,
          .group_bytes_max = chosen.group_bytes_max,
          .block_bytes = chosen.block_bytes,
          .in_flight = chosen.in_flight,
          .before_group = [raw = made.get()] { return raw->before_group(); },
          .check_guard = [raw = made.get()](
                             const append_guard& what,
                             guard_effort& effort) { return raw->check_guard(what, effort); },
          .take_snapshots =
              [raw = made.get()](std::vector<snapshot_store::item>&& items) {
                if (raw->snapshot_taker_) raw->snapshot_taker_(std::move(items));
              },
          .after_group =
              [raw = made.get()] {
                raw->after_group();
              }});
  return made;
}

result<void> journal::start() {
  if (auto started = index_->start(); !started) return started;
  if (has_threads_) writer_->start();
  return {};
}

void journal::stop() {
  writer_->stop();
  index_->stop();
}

result<void> journal::before_group() {
  if (settings_.room) {
    if (auto room = settings_.room(); !room) return room;
  }
  const std::uint64_t durable = writer_->durable_offset();
  if (durable <= settings_.unindexed_events_max) return {};
  // Waits only when the index is far behind; its own trouble is no reason to refuse writes.
  (void)index_->wait_for_offset(durable - settings_.unindexed_events_max);
  return {};
}

void journal::after_group() {
  index_->hint();
  for (const auto& listener : listeners_)
    listener();
}

result<std::uint64_t> journal::read(log_cursor& at,
                                    std::uint64_t events_min,
                                    const commit_visitor& visit) const {
  CAIRN_ASSERT(at.next_offset > 0);
  std::uint64_t visited = 0;
  for (bool more = true; more;) {
    const auto reader = log_->read();
    if (!reader) return reader.error();
    auto found = at.next_block == 0 ? (*reader)->seek(at.next_offset)
                                    : (*reader)->seek_block(at.next_offset, at.next_block);
    more = false;
    for (int i = 0; visited < events_min; ++i) {
      if (!found) return found.error();
      if (!found->has_value()) break;
      more = i == blocks_per_reader;
      if (more) break;
      auto seen = read_block(**found, at, visit);
      if (!seen) return seen;
      visited += *seen;
      found = (*reader)->next();
    }
  }
  return visited;
}

result<std::uint64_t> journal::read_block(byte_view bytes,
                                          log_cursor& at,
                                          const commit_visitor& visit) {
  const auto block = block_view::parse(bytes);
  if (!block) return block.error();
  const block_header& header = block->header();
  const bool goes_on = header.first_offset <= at.next_offset &&
                       (at.next_block == 0 || header.number == at.next_block);
  if (!goes_on) return events_are_missing(at, header);
  std::uint64_t visited = 0;
  const bool inside = at.next_offset > header.first_offset;
  const std::uint32_t first = inside ? block->place_of(at.next_offset) : 0;
  for (std::uint32_t place = first; place < header.commit_count; ++place) {
    const auto commit = block->commit(place);
    if (!commit) return commit.error();
    if (auto seen = visit(*commit); !seen) return seen.error();
    visited += commit->event_count();
  }
  at = {block->end_offset(), header.number + 1};
  return visited;
}

result<version> journal::head(stream_name stream, time_point deadline) {
  if (auto ready = wait_for_index(deadline); !ready) return ready.error();
  return index_->head(stream);
}

result<stream_facts> journal::facts(stream_name stream, time_point deadline) {
  if (auto ready = wait_for_index(deadline); !ready) {
    error why = ready.error();
    // Who waits in vain wants to know for what.
    why.detail = std::string{stream.type} + "/" + std::string{stream.id} + ": " + why.detail;
    return why;
  }
  auto note = index_->note(stream);
  for (;;) {
    if (!note) return note.error();
    const auto head = index_->head(stream);
    if (!head) return head.error();
    auto again = index_->note(stream);
    if (!again) return again.error();
    // A note that came between would belong to another head.
    if (*again == *note) return stream_facts{*head, note->value_or(stream_note{})};
    note = std::move(again);
  }
}

result<version> journal::hidden_before(stream_name stream,
                                       const stream_facts& facts,
                                       const retention& of_type,
                                       timestamp now) {
  const hiding_rule rule = rule_of(facts, of_type, now);
  if (!rule.not_before || rule.up_to == facts.head) return rule.up_to;
  const auto places = index_->places(stream, rule.up_to);
  if (!places) return places.error();
  commit_finder finder{*log_};
  return hide_older(rule, facts.head, *places, [&](const commit_place& place) -> result<timestamp> {
    const auto commit = finder.find(stream, place);
    if (!commit) return commit.error();
    return (*commit)->time();
  });
}

result<void> journal::read_stream(stream_name stream,
                                  version after,
                                  version up_to,
                                  const commit_visitor& visit,
                                  time_point deadline) {
  if (auto ready = wait_for_index(deadline); !ready) return ready;
  const auto places = index_->places(stream, after);
  if (!places) return places.error();
  commit_finder finder{*log_};
  for (const commit_place& place : *places) {
    if (place.base >= up_to.value) break;
    const auto commit = finder.find(stream, place);
    if (!commit) return commit.error();
    if (auto seen = visit(**commit); !seen) return seen;
  }
  return {};
}

}  // namespace cairn::persistence

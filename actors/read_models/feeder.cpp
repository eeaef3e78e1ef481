#include "read_models/feeder.hpp"

#include <utility>

namespace cairn::actors {
namespace {

/// Whether the tables' storage would refuse any other event, too.
bool is_of_storage(const error& why) {
  return why.what == error::code::store_full || why.what == error::code::storage_failed ||
         why.what == error::code::io_failed || why.what == error::code::unavailable;
}

}  // namespace

std::optional<feed_failure> feeder::feed(const persistence::journal& from,
                                         persistence::log_cursor& at,
                                         std::uint64_t events,
                                         std::uint64_t end,
                                         batch_target& into,
                                         event_sorter* sorter) {
  if (at.next_offset >= end) return std::nullopt;
  partition_ = from.partition();
  next_offset_ = at.next_offset;
  end_ = end;
  payload_bytes_ = 0;
  applied_here_ = 0;
  into_ = &into;
  sorter_ = sorter;
  ended_early_ = false;
  failed_.reset();
  const auto visited = from.read(
      at, events, [this](const persistence::commit_view& commit) { return visit(commit); });
  if (visited) return std::nullopt;
  // Within a block: only the offset is known, and only this much has been applied.
  at = {next_offset_, 0};
  if (ended_early_) return std::nullopt;
  if (!failed_) (void)fail(feed_failure::place::journal, {}, visited.error());
  return std::exchange(failed_, std::nullopt);
}

result<void> feeder::visit(const persistence::commit_view& commit) {
  // A block is read from its beginning also when the cursor stands within it.
  if (commit.event_count() == 0 || commit.last_offset() < next_offset_) return {};
  if (next_offset_ >= end_ || payload_bytes_ >= payload_bytes_max) return enough();
  auto* const events = wanted_.find(commit.aggregate_type());
  if (events == nullptr) {
    next_offset_ = commit.last_offset() + 1;
    return {};
  }
  bool described = false;
  persistence::event_tag_walk tags{commit.event_tags()};
  std::uint64_t offset = commit.first_offset();
  std::uint64_t version = commit.base().value;
  return commit.each_event([&](const persistence::event_view& event) -> result<void> {
    const std::uint64_t here = offset++;
    ++version;
    if (here < next_offset_) return {};
    if (here >= end_ || is_full()) return enough();
    if (const auto wanted = events->find(event.type)) {
      if (!std::exchange(described, true)) commit.describe(partition_, meta_);
      if (!commit.event_tags().empty()) {
        const auto index = static_cast<std::uint32_t>(here - commit.first_offset());
        commit.describe_tags(tags, index, meta_);
      }
      meta_.position.offset = here;
      meta_.version = {version};
      if (filters_) {
        const auto passes = is_wanted(event);
        if (!passes) return passes.error();
        if (!*passes) {
          next_offset_ = here + 1;
          return {};
        }
      }
      if (auto done = apply(event, *wanted); !done) return done;
    }
    next_offset_ = here + 1;
    return {};
  });
}

result<bool> feeder::is_wanted(const persistence::event_view& event) {
  meta_.event_type = event.type;
  meta_.schema_version = event.schema_version;
  auto answer = type_.wants(meta_);
  if (!answer) return fail(feed_failure::place::event, event.type, answer.error());
  return answer;
}

result<void> feeder::apply(const persistence::event_view& event, std::size_t wanted) {
  using place = feed_failure::place;
  meta_.schema_version = event.schema_version;
  if (sorter_ != nullptr) {
    const auto taken = sorter_->takes(wanted, meta_, event);
    if (!taken) return fail(place::sorting, event.type, taken.error());
    if (!*taken) return {};
  }
  if (auto opened = into_->open(); !opened) return fail(place::storage, event.type, opened.error());
  detail::table_store* const rows = into_->rows();
  if (rows != nullptr) rows->begin_event({meta_.position, wanted});
  const auto done = fold_.apply(wanted, meta_, event);
  // What the tables have to say comes first: apply may have failed because of it.
  if (rows != nullptr && rows->failed()) {
    failed_ = failure_of(*rows);
    return failed_->why;
  }
  if (!done) return fail(place::event, event.type, done.error());
  if (settles_each_) {
    if (failed_ = settle(*into_); failed_) return failed_->why;
  }
  payload_bytes_ += event.payload.size();
  ++applied_;
  ++applied_here_;
  return {};
}

std::optional<feed_failure> feeder::settle(batch_target& into) const {
  detail::table_store* const rows = into.rows();
  if (rows == nullptr) return std::nullopt;
  rows->settle();
  if (!rows->failed()) return std::nullopt;
  return failure_of(*rows);
}

feed_failure feeder::failure_of(const detail::table_store& rows) const {
  feed_failure failed{.at = feed_failure::place::storage,
                      .position = {partition_, next_offset_},
                      .event_type = {},
                      .why = *rows.failure()};
  if (const auto& event = rows.failed_event()) {
    failed.position = event->position;
    failed.event_type = type_.wanted()[event->wanted].event_type;
    if (!is_of_storage(failed.why)) failed.at = feed_failure::place::event;
  } else if (rows.failed_for_some() && !is_of_storage(failed.why)) {
    failed.at = feed_failure::place::events;
  }
  return failed;
}

error feeder::enough() {
  ended_early_ = true;
  return {error::code::stopped, "the batch is full"};
}

error feeder::fail(feed_failure::place at, std::string_view event_type, error why) {
  failed_ = feed_failure{.at = at,
                         .position = {partition_, next_offset_},
                         .event_type = std::string{event_type},
                         .why = std::move(why)};
  return failed_->why;
}

}  // namespace cairn::actors

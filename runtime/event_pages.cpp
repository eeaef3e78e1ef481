#include "event_pages.hpp"

#include "cairn/ask.hpp"
#include "cairn/persistence/append_guard.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <tuple>
#include <utility>

// Each partition is read ahead a little, and the first of what was read is taken, again and again.
// Nothing is taken while a partition has not shown its next event: it could be the first. So a page
// ends early when the work that it may cost is done.

namespace cairn {
namespace {

using persistence::event_range;
using persistence::found_event;
using persistence::journal;
using persistence::posting_key;
using persistence::posting_kind;

/// What an event takes of a page's memory, about.
std::size_t bytes_of(const recorded_event& event) {
  return event.json.size() + event.payload.size();
}

/// Events that are looked at for one page,
constexpr std::uint64_t looks_for_page = 100'000;
/// of which so many, for all partitions together, to read ahead of what is needed.
constexpr std::uint64_t looks_ahead = 25'000;
/// Bytes of JSON after which a page ends, and so many that are read ahead for all partitions.
constexpr std::uint64_t page_bytes = std::uint64_t{32} << 20U;
constexpr std::uint64_t bytes_ahead = std::uint64_t{8} << 20U;

/// Words of which each event that is meant says one: those that fewest events are likely to say.
/// They borrow from the query.
std::vector<posting_key> most_selective(const event_query& query) {
  if (!query.correlation_id.empty()) {
    return {{posting_kind::correlation, query.correlation_id.text()}};
  }
  if (!query.tag.empty()) return {{posting_kind::tag, query.tag}};
  if (auto words = persistence::words_of(query.any_of); !words.empty()) return words;
  if (!query.event_type.empty()) return {{posting_kind::event_type, query.event_type}};
  if (!query.category.empty()) return {{posting_kind::category, query.category}};
  return {};
}

bool matches(const event_query& query, const found_event& found) {
  if (!query.category.empty() && found.commit.aggregate_type() != query.category) return false;
  if (!query.event_type.empty() && found.event.type != query.event_type) return false;
  if (!query.correlation_id.empty() &&
      found.commit.correlation_id() != query.correlation_id.text()) {
    return false;
  }
  if (!query.slices.is_all() &&
      !query.slices.has(slice_of(found.commit.aggregate_type(), found.commit.aggregate_id()))) {
    return false;
  }
  if (!query.tag.empty() && !found.commit.says_tag(found.index(), query.tag)) return false;
  return query.any_of.empty() ||
         persistence::is_meant(query.any_of, found.commit, found.index(), found.event.type);
}

result<void> check_length(std::string_view what, std::string_view term, std::size_t max) {
  if (term.size() <= max) return {};
  return error{error::code::bad_input,
               "a " + std::string{what} + " has at most " + std::to_string(max) +
                   " bytes, this one " + std::to_string(term.size())};
}

result<void> check_query(const event_query& query) {
  if (query.limit == 0 || query.limit > event_page_max) {
    return error{error::code::bad_input,
                 "a page has 1 to " + std::to_string(event_page_max) + " events, not " +
                     std::to_string(query.limit)};
  }
  if (query.slices.first > query.slices.last || query.slices.last >= slice_count) {
    return error{error::code::bad_input,
                 "slices are 0 to " + std::to_string(slice_count - 1) + " in their order, not " +
                     std::to_string(query.slices.first) + " to " +
                     std::to_string(query.slices.last)};
  }
  if (auto good = check_length("category", query.category, type_name_max_bytes); !good) return good;
  if (auto good = check_length("event type", query.event_type, type_name_max_bytes); !good)
    return good;
  if (auto good = check_message_id("tag", query.tag); !good) return good;
  if (auto good = check_patterns(query.any_of); !good) return good;
  return check_message_id("correlation id", query.correlation_id.text());
}

/// One partition's events that match, in the query's direction.
class source {
 public:
  struct shared {
    const event_query& query;
    const std::vector<posting_key>& words;
    const event_recorder& record;
    const persistence::event_filter& visible;
    std::chrono::steady_clock::time_point deadline;
    std::uint64_t partitions;
    std::uint64_t looks_left = looks_for_page;
  };

  /// @param before the offset in front of the place to begin at
  source(journal& from, shared& of_all, std::uint64_t up_to, std::uint64_t before)
      : journal_(from),
        shared_(of_all),
        up_to_(up_to),
        next_(is_forwards() ? std::min(before, offset_max) + 1 : std::min(before, up_to)) {}

  /// The next event; null when there is none, or when the looks are used up: see is_over().
  [[nodiscard]] result<const recorded_event*> front() {
    while (ahead_.empty() && !over_ && shared_.looks_left > 0) {
      if (auto read = read_ahead(); !read) return read.error();
    }
    return ahead_.empty() ? nullptr : &ahead_.front();
  }
  [[nodiscard]] recorded_event take() {
    recorded_event taken = std::move(ahead_.front());
    ahead_.pop_front();
    return taken;
  }
  /// Nothing is left.
  [[nodiscard]] bool is_over() const noexcept { return over_ && ahead_.empty(); }

  /// The offset in front of what has not been taken.
  [[nodiscard]] std::uint64_t before() const noexcept {
    const std::uint64_t next = ahead_.empty() ? next_ : ahead_.front().position.offset;
    return is_forwards() ? next - 1 : next;
  }

 private:
  [[nodiscard]] bool is_forwards() const noexcept {
    return shared_.query.direction == read_direction::forwards;
  }

  [[nodiscard]] result<void> read_ahead() {
    const std::uint64_t count_max = shared_.query.limit / shared_.partitions + 1;
    const std::uint64_t looks_max = looks_ahead / shared_.partitions + 1;
    std::uint64_t bytes = 0;
    const event_range range{.any_key = shared_.words,
                            .direction = shared_.query.direction,
                            .from = next_,
                            .up_to = up_to_,
                            .looks_max = std::min(looks_max, shared_.looks_left),
                            .visible = shared_.visible,
                            .deadline = shared_.deadline};
    const auto read = journal_.read_events(range, [&](const found_event& found) -> result<bool> {
      if (!matches(shared_.query, found)) return true;
      ahead_.push_back(shared_.record(journal_.partition(), found));
      bytes += bytes_of(ahead_.back());
      return ahead_.size() < count_max && bytes < bytes_ahead / shared_.partitions;
    });
    if (!read) return read.error();
    shared_.looks_left -= read->looked;
    next_ = read->next;
    over_ = read->at_end;
    return {};
  }

  /// A cursor comes from outside and may say anything.
  static constexpr std::uint64_t offset_max = std::numeric_limits<std::uint64_t>::max() - 1;

  journal& journal_;
  shared& shared_;
  std::uint64_t up_to_;
  std::uint64_t next_;
  std::deque<recorded_event> ahead_;
  bool over_ = false;
};

bool is_before(const recorded_event& a, const recorded_event& b) {
  return std::tie(a.time, a.position) < std::tie(b.time, b.position);
}

/// For each partition the offset in front of the event at `with` in the order of all, or,
/// backwards, the one behind that.
result<std::vector<std::uint64_t>> start_with(std::span<journal* const> journals,
                                              const std::vector<std::uint64_t>& ends,
                                              position with,
                                              read_direction direction) {
  const std::size_t partition = with.partition.value;
  if (partition >= journals.size() || with.offset > ends[partition]) {
    return error{error::code::bad_input,
                 "there is no event at offset " + std::to_string(with.offset) + " of partition " +
                     std::to_string(partition)};
  }
  if (with.offset == 0) return std::vector<std::uint64_t>(journals.size(), 0);
  const auto time = journals[partition]->time_of(with.offset);
  if (!time) return time.error();
  std::vector<std::uint64_t> before;
  for (std::size_t i = 0; i < journals.size(); ++i) {
    if (i == partition) {
      before.push_back(direction == read_direction::forwards ? with.offset - 1 : with.offset);
      continue;
    }
    // Of events of the same time, those of lower partitions come first.
    const timestamp last = i < partition ? *time : *time - std::chrono::nanoseconds{1};
    const auto behind = journals[i]->offset_after(last, ends[i]);
    if (!behind) return behind.error();
    before.push_back(*behind - 1);
  }
  return before;
}

result<std::vector<std::uint64_t>> start_of(std::span<journal* const> journals,
                                            const std::vector<std::uint64_t>& ends,
                                            const event_query& query) {
  if (const auto* with = std::get_if<position>(&query.from)) {
    return start_with(journals, ends, *with, query.direction);
  }
  const auto* cursor = std::get_if<event_cursor>(&query.from);
  if (cursor == nullptr || cursor->before().empty()) {
    if (query.direction == read_direction::backwards) return ends;
    return std::vector<std::uint64_t>(journals.size(), 0);
  }
  if (cursor->before().size() == journals.size()) return cursor->before();
  return error{error::code::bad_input,
               "the cursor is of a store with " + std::to_string(cursor->before().size()) +
                   " partitions, this one has " + std::to_string(journals.size())};
}

/// Takes events in their order until the page is full, everything was taken, or the work is done.
result<void> fill(event_page& page, std::deque<source>& sources, const event_query& query) {
  const bool forwards = query.direction == read_direction::forwards;
  for (std::uint64_t bytes = 0; page.events.size() < query.limit && bytes < page_bytes;) {
    source* first = nullptr;
    const recorded_event* first_event = nullptr;
    for (source& each : sources) {
      const auto front = each.front();
      if (!front) return front.error();
      if (*front == nullptr && !each.is_over()) return {};
      if (*front == nullptr) continue;
      if (first != nullptr && is_before(*first_event, **front) == forwards) continue;
      first = &each;
      first_event = *front;
    }
    if (first == nullptr) return {};
    bytes += bytes_of(*first_event);
    page.events.push_back(first->take());
  }
  return {};
}

}  // namespace

result<event_page> read_event_page(std::span<journal* const> journals,
                                   const event_query& query,
                                   journal::time_point deadline,
                                   const event_recorder& record,
                                   const persistence::event_filter& visible) {
  if (auto good = check_query(query); !good) return good.error();
  std::vector<std::uint64_t> ends;
  for (const journal* each : journals)
    ends.push_back(each->durable_offset());
  const auto start = start_of(journals, ends, query);
  if (!start) return start.error();
  const std::vector<posting_key> words = most_selective(query);
  source::shared shared{.query = query,
                        .words = words,
                        .record = record,
                        .visible = visible,
                        .deadline = deadline,
                        .partitions = journals.size()};
  std::deque<source> sources;
  for (std::size_t i = 0; i < journals.size(); ++i)
    sources.emplace_back(*journals[i], shared, ends[i], (*start)[i]);
  event_page page;
  if (auto filled = fill(page, sources, query); !filled) return filled.error();
  std::vector<std::uint64_t> before;
  for (const source& each : sources)
    before.push_back(each.before());
  page.next = event_cursor{std::move(before)};
  page.at_end = std::all_of(
      sources.begin(), sources.end(), [](const source& each) { return each.is_over(); });
  return page;
}

result<std::vector<std::uint64_t>> find_start(std::span<journal* const> journals,
                                              const event_query& query) {
  if (auto good = check_query(query); !good) return good.error();
  std::vector<std::uint64_t> ends;
  for (const journal* each : journals)
    ends.push_back(each->durable_offset());
  return start_of(journals, ends, query);
}

}  // namespace cairn

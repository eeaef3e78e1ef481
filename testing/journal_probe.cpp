#include "cairn/testing/journal_probe.hpp"

#include "probe_body.hpp"

#include "cairn/assert.hpp"
#include "cairn/persistence/burst.hpp"
#include "cairn/persistence/stream_name.hpp"

#include <atomic>
#include <utility>

namespace cairn::testing {

/// What a runtime writes to: passes everything on, but for the faults.
class journal_probe::log final : public persistence::block_log {
 public:
  log(std::shared_ptr<body> shared, body::partition& at, partition_id which)
      : body_(std::move(shared)), at_(at), partition_(which) {}

  result<claimed> claim() override {
    const std::lock_guard lock{at_.writing};
    return at_.wrapped->claim();
  }

  result<void> append(std::uint64_t epoch, std::span<const byte_view> blocks) override {
    body_->wait_at_gate();
    const std::lock_guard lock{at_.writing};
    auto events = events_in(partition_, blocks);
    const auto fault = body_->strike(events);
    if (fault && fault->what == fate::lost) return fault->why;
    if (auto stored = at_.wrapped->append(epoch, blocks); !stored) return stored;
    body_->note(std::move(events));
    if (fault) return fault->why;
    return {};
  }

  result<std::unique_ptr<persistence::block_reader>> read() const override {
    if (auto fault = body_->strike_reader()) return *std::move(fault);
    return at_.wrapped->read();
  }

  std::optional<std::chrono::steady_clock::time_point> flush_due() const override {
    const std::lock_guard lock{at_.writing};
    return at_.wrapped->flush_due();
  }

  result<void> flush() override {
    const std::lock_guard lock{at_.writing};
    return at_.wrapped->flush();
  }

 private:
  std::shared_ptr<body> body_;
  body::partition& at_;
  partition_id partition_;
};

journal_probe::journal_probe(std::uint16_t partitions)
    : journal_probe(
          [](partition_id /*which*/) -> result<std::unique_ptr<persistence::block_log>> {
            return persistence::make_memory_log();
          },
          partitions) {}

journal_probe::journal_probe(persistence::log_source wrapped, std::uint16_t partitions)
    : body_(std::make_shared<body>(std::move(wrapped), partitions)) {}

journal_probe::~journal_probe() {
  release();
}

persistence::log_source journal_probe::source() const {
  return [shared = body_](partition_id which) -> result<std::unique_ptr<persistence::block_log>> {
    const auto at = shared->open(which);
    if (!at) return at.error();
    return std::unique_ptr<persistence::block_log>{std::make_unique<log>(shared, **at, which)};
  };
}

void journal_probe::fail_nth(std::uint64_t n, error why, fate what) {
  CAIRN_ASSERT(n > 0);
  auto left = std::make_shared<std::atomic<std::uint64_t>>(n);
  body_->add({.strikes = [left](auto /*events*/) { return left->fetch_sub(1) == 1; },
              .why = std::move(why),
              .what = what});
}

void journal_probe::fail_when(predicate holds, error why, fate what) {
  body_->add({.strikes = std::move(holds), .why = std::move(why), .what = what, .once = false});
}

void journal_probe::fail_reads(error why) {
  body_->fail_reads(std::move(why));
}

void journal_probe::fail_nth_read(std::uint64_t n, error why) {
  CAIRN_ASSERT(n > 0);
  body_->fail_nth_read(n, std::move(why));
}

void journal_probe::heal() {
  body_->heal();
}

void journal_probe::hold() {
  body_->hold(true);
}

void journal_probe::hold_next() {
  body_->hold(false);
}

void journal_probe::release() {
  body_->release();
}

bool journal_probe::wait_until_held() {
  return body_->wait_until_held();
}

result<persisted_event> journal_probe::next_persisted() {
  return body_->next_persisted();
}

std::vector<persisted_event> journal_probe::unseen() const {
  return body_->unseen();
}

void journal_probe::record_at(timestamp time) {
  body_->record_at = time;
}

result<std::vector<persisted_event>> journal_probe::events() const {
  std::vector<persisted_event> all;
  for (std::uint16_t i = 0; i < body_->partitions(); ++i) {
    const auto at = body_->open({i});
    if (!at) return at.error();
    const auto reader = (*at)->wrapped->read();
    if (!reader) return reader.error();
    auto found = (*reader)->seek(1);
    while (found && found->has_value()) {
      if (auto good = persistence::block_view::parse(**found); !good) return good.error();
      auto events = events_in({i}, {&**found, 1});
      std::move(events.begin(), events.end(), std::back_inserter(all));
      found = (*reader)->next();
    }
    if (!found) return found.error();
  }
  return all;
}

result<void> journal_probe::persist(const std::vector<std::string>& names,
                                    const std::string& id,
                                    const std::vector<detail::encoded_event>& events) {
  if (events.empty()) return {};
  const auto known = this->events();
  if (!known) return known.error();
  version base;
  for (const persisted_event& one : *known) {
    if (one.aggregate_type == names.front() && one.aggregate_id == id) base = one.version;
  }
  persistence::burst::origin nobody;
  persistence::burst commit{nobody, 1, 0};
  commit.begin_commit({.aggregate_type = 0,
                       .aggregate_id = id,
                       .base = base,
                       .time = body_->record_at,
                       .command_id = {},
                       .correlation_id = {},
                       .causation_id = {},
                       .principal = {},
                       .tags = {}},
                      1);
  for (const detail::encoded_event& one : events) {
    commit.begin_event(one.type, one.schema_version, one.codec).append(byte_view{one.payload});
    commit.end_event();
  }
  commit.finish_commit(nullptr);
  const persistence::stream_name stream{names.front(), id};
  const std::size_t partition = persistence::partition_of(
      stream, persistence::hash_of(stream), body_->partitions(), persistence::newest_placement);
  const auto at = body_->open({static_cast<std::uint16_t>(partition)});
  if (!at) return at.error();
  const std::lock_guard lock{(*at)->writing};
  auto claimed = (*at)->wrapped->claim();
  if (!claimed) return claimed.error();
  persistence::block_builder block;
  block.begin(names, commit.names_used());
  const auto& entry = commit.entries().front();
  (void)block.add(commit.bytes_of(entry), entry.check, entry.event_count, claimed->end.time);
  const byte_view bytes = block.finish(claimed->epoch, claimed->end);
  return (*at)->wrapped->append(claimed->epoch, {&bytes, 1});
}

}  // namespace cairn::testing

#include "limit/limit_trial.hpp"

#include "limit/plain_log.hpp"
#include "limit/sample_commit.hpp"
#include "support/scratch_directory.hpp"
#include "support/ticket.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <sys/prctl.h>
#include <thread>
#include <vector>

namespace bench {
namespace {

using steady = std::chrono::steady_clock;

/// N clients, each of which waits for its answer before it sends its next command; one thread acts
/// for all of them, and one other writes.
///
/// Commands are numbered as they are sent and answered in that order, so client k of N has the
/// numbers k, k + N, k + 2N, ... and a ring of N places always has room. Both counters wrap round.
class trial {
 public:
  trial(plain_log& log,
        const sample_commit& sample,
        std::uint32_t clients,
        const std::optional<open_loop>& open,
        std::size_t group_bytes_max)
      : log_(log),
        open_(open),
        clients_(clients),
        commit_bytes_(sample.bytes.size() + sample.beside_bytes),
        ticket_at_(sample.ticket_at),
        group_max_(
            static_cast<std::uint32_t>(std::max<std::size_t>(group_bytes_max / commit_bytes_, 1))),
        ring_(clients * commit_bytes_),
        sent_at_(clients) {
    for (std::uint32_t i = 0; i < clients; ++i) {
      std::memcpy(ring_.data() + i * commit_bytes_, sample.bytes.data(), sample.bytes.size());
    }
  }

  /// Returns what was measured. Throws when LMDB fails.
  measured run(steady::duration how_long) {
    std::thread writer{[this] {
      write();
    }};
    const steady::time_point begin = steady::now();
    if (open_) {
      send_by_the_clock(begin, how_long);
    } else {
      send_all(begin + how_long);
    }
    const steady::time_point end = steady::now();
    stopping_.store(true);
    sent_.fetch_add(1);  // Not a command: it only wakes the writer.
    sent_.notify_one();
    writer.join();
    if (failure_) std::rethrow_exception(failure_);
    measured out;
    const double seconds = seconds_of(end - begin);
    out.commands = total_;
    out.rate_per_s = static_cast<double>(total_) / seconds;
    out.groups_per_s = static_cast<double>(groups_) / seconds;
    out.take_latencies(latencies_);
    return out;
  }

  /// Whether the log has every command once and in its place; otherwise what is wrong.
  [[nodiscard]] std::string check() const {
    std::uint64_t seen = 0;
    bool in_order = true;
    log_.read([&](const std::byte* commit) {
      const ticket found = ticket::read(commit + ticket_at_);
      in_order = in_order && found.client == seen % clients_ && found.sequence == seen / clients_;
      ++seen;
    });
    if (!in_order) return "a command is not where it should be";
    if (seen != total_) return std::to_string(total_ - seen) + " commands are missing";
    return {};
  }

 private:
  // The generator.

  void send_all(steady::time_point deadline) {
    std::uint32_t answered = 0;
    steady::time_point now = steady::now();
    std::uint32_t open = send(clients_, now);
    while (open > 0) {
      durable_.wait(answered);
      const std::uint32_t durable = durable_.load(std::memory_order_acquire);
      if (broken_.load()) return;
      const std::uint32_t news = durable - answered;
      now = steady::now();
      for (std::uint32_t i = 0; i < news; ++i)
        latencies_->record(now - take_send_time());
      answered = durable;
      open -= news;
      if (now < deadline) open += send(news, now);
    }
  }

  /// As Cairn's open loop: see open_driver.
  void send_by_the_clock(steady::time_point begin, steady::duration how_long) {
    prctl(PR_SET_TIMERSLACK, 1UL);
    schedule due_times{*open_, 0};
    std::uint32_t all = 0;
    for (auto due = due_times.next(); due < how_long;) {
      const std::uint32_t durable = durable_.load(std::memory_order_acquire);
      if (broken_.load()) return;
      const std::uint32_t room = clients_ - (all - durable);
      const steady::time_point now = steady::now();
      std::uint32_t count = 0;
      for (; count < room && due < how_long && begin + due <= now; ++count) {
        put(begin + due);
        due = due_times.next();
      }
      all += count;
      if (count > 0) {
        hand_over(count);
      } else if (room == 0) {
        durable_.wait(durable);
      } else {
        std::this_thread::sleep_until(begin + due);
      }
    }
    for (auto durable = durable_.load(); durable != all && !broken_.load();) {
      durable_.wait(durable);
      durable = durable_.load();
    }
  }

  std::uint32_t send(std::uint32_t count, steady::time_point now) {
    for (std::uint32_t i = 0; i < count; ++i)
      put(now);
    hand_over(count);
    return count;
  }

  /// The next command, whose latency counts from `since` on.
  void put(steady::time_point since) {
    std::byte* commit = ring_.data() + next_ * commit_bytes_;
    ticket{next_, round_}.write(commit + ticket_at_);
    sent_at_[next_] = since;
    if (++next_ < clients_) return;
    next_ = 0;
    ++round_;
  }

  /// Only once all are there, so that they can share a group.
  void hand_over(std::uint32_t count) {
    total_ += count;
    sent_.fetch_add(count, std::memory_order_release);
    sent_.notify_one();
  }

  steady::time_point take_send_time() {
    const steady::time_point time = sent_at_[next_answer_];
    if (++next_answer_ == clients_) next_answer_ = 0;
    return time;
  }

  // The writer.

  void write() {
    std::uint32_t done = 0;
    std::uint32_t at = 0;
    try {
      for (;;) {
        sent_.wait(done);
        if (stopping_.load()) return;
        const std::uint32_t sent = sent_.load(std::memory_order_acquire);
        const std::uint32_t count = std::min(sent - done, group_max_);
        append(at, count);
        ++groups_;
        // By the clock, whoever sends does not wait for answers.
        if (open_) note_latencies(at, count);
        at = (at + count) % clients_;
        done += count;
        durable_.store(done, std::memory_order_release);
        durable_.notify_one();
      }
    } catch (...) {
      failure_ = std::current_exception();
      broken_.store(true);
      durable_.fetch_add(1);
      durable_.notify_one();
    }
  }

  void note_latencies(std::uint32_t at, std::uint32_t count) {
    const steady::time_point now = steady::now();
    for (std::uint32_t i = 0; i < count; ++i)
      latencies_->record(now - sent_at_[(at + i) % clients_]);
  }

  void append(std::uint32_t at, std::uint32_t count) {
    const std::uint32_t straight = std::min(count, clients_ - at);
    const std::span<const std::byte> ring{ring_};
    const std::array pieces{ring.subspan(at * commit_bytes_, straight * commit_bytes_),
                            ring.first((count - straight) * commit_bytes_)};
    log_.append(pieces);
  }

  plain_log& log_;
  std::optional<open_loop> open_;
  std::uint32_t clients_;
  std::size_t commit_bytes_;
  std::size_t ticket_at_;
  std::uint32_t group_max_;
  std::vector<std::byte> ring_;

  // Of the generator; with an open loop the writer reads the times and keeps the latencies.
  std::vector<steady::time_point> sent_at_;
  std::shared_ptr<histogram> latencies_ = std::make_shared<histogram>();
  std::uint32_t next_ = 0;
  std::uint32_t next_answer_ = 0;
  std::uint64_t round_ = 0;
  std::uint64_t total_ = 0;

  // Of the writer.
  std::uint64_t groups_ = 0;
  std::exception_ptr failure_;

  alignas(64) std::atomic<std::uint32_t> sent_{0};
  alignas(64) std::atomic<std::uint32_t> durable_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> broken_{false};
};

}  // namespace

measured measure_limit(const options& chosen,
                       std::uint32_t clients,
                       const std::optional<open_loop>& open) {
  const scratch_directory scratch{chosen.store};
  const sample_commit sample = make_sample_commit(chosen.payload_bytes);
  plain_log::options shape;
  shape.prefill_bytes = chosen.settings.prefill_bytes;
  shape.block_bytes = chosen.settings.block_bytes;
  shape.block_head_bytes = sample.block_head_bytes;
  shape.commit_bytes = sample.bytes.size() + sample.beside_bytes;
  if (chosen.settings.durability == cairn::config::durability_mode::relaxed)
    shape.relaxed_window = chosen.settings.relaxed_window;
  measured out;
  try {
    plain_log log{scratch.path(), shape};
    trial one{log, sample, clients, open, chosen.settings.group_bytes_max};
    out = one.run(std::chrono::duration_cast<steady::duration>(chosen.duration));
    out.trouble = one.check();
  } catch (const std::exception& thrown) {
    out.trouble = std::string{"the limit: "} + thrown.what();
  }
  return out;
}

}  // namespace bench
